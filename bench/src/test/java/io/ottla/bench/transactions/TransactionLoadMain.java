package io.ottla.bench.transactions;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.ottla.bench.Clients;
import io.ottla.bench.Sample;
import io.ottla.bench.SessionResult;
import io.ottla.bench.transactions.TransactionPlan.Processing;
import io.ottla.bench.transactions.TransactionPlan.Write;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The load JVM: reads a {@link TransactionPlan}, runs it against brokers that are up, writes a
 * {@link SessionResult}.
 */
public final class TransactionLoadMain {

  private TransactionLoadMain() {}

  /**
   * Runs one plan.
   *
   * @param args the file of the plan, the file for the result
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    ObjectMapper mapper = new ObjectMapper();
    TransactionPlan plan = mapper.readValue(Path.of(args[0]).toFile(), TransactionPlan.class);
    mapper.writeValue(Path.of(args[1]).toFile(), new SessionResult(run(plan), Map.of()));
  }

  private static List<Sample> run(TransactionPlan plan) throws IOException, InterruptedException {
    Clients clients = new Clients(plan.bootstrap());
    List<Sample> samples = new ArrayList<>();
    WriteLoad writes = new WriteLoad(clients, plan.brokerPids(), plan.replicationFactor());
    if (plan.writeWarmUp() != null) {
      var _ = writes.run(plan.writeWarmUp());
    }
    for (Write write : plan.writes()) {
      samples.addAll(writes.run(write));
    }
    if (!plan.processes().isEmpty()) {
      ProcessLoad load = new ProcessLoad(clients, plan.brokerPids(), plan.replicationFactor());
      load.fill(plan.input());
      if (plan.processWarmUp() != null) {
        var _ = load.run(plan.processWarmUp());
      }
      for (Processing process : plan.processes()) {
        samples.addAll(load.run(process));
      }
    }
    return samples;
  }
}
