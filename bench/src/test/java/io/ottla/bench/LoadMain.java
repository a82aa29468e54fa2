package io.ottla.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.ottla.bench.SessionPlan.Bulk;
import io.ottla.bench.SessionPlan.OpenLoop;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The load JVM: reads a {@link SessionPlan}, runs it against brokers that are up, writes a {@link
 * SessionResult}. A fresh one per broker, so that both sides meet a client in the same state.
 */
public final class LoadMain {

  private LoadMain() {}

  /**
   * Runs one plan.
   *
   * @param args the file of the plan, the file for the result
   */
  public static void main(String[] args) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    SessionPlan plan = mapper.readValue(Path.of(args[0]).toFile(), SessionPlan.class);
    mapper.writeValue(Path.of(args[1]).toFile(), run(plan));
  }

  private static SessionResult run(SessionPlan plan) throws IOException {
    Clients clients = new Clients(plan.bootstrap());
    for (Bulk warmUp : plan.warmUps()) {
      run(clients, plan, warmUp);
    }

    List<Sample> samples = new ArrayList<>();
    Map<String, Long> acknowledged = new LinkedHashMap<>();
    OpenLoop openLoop = plan.openLoop();
    if (openLoop != null) {
      clients.createTopic(openLoop.topic(), plan.replicationFactor());
      samples.addAll(new OpenLoopLoad(clients, plan.brokerPids(), openLoop).run());
    }
    for (Bulk bulk : plan.bulks()) {
      SessionResult result = run(clients, plan, bulk);
      samples.addAll(result.samples());
      acknowledged.putAll(result.acknowledged());
    }
    return new SessionResult(samples, acknowledged);
  }

  private static SessionResult run(Clients clients, SessionPlan plan, Bulk bulk)
      throws IOException {
    clients.createTopic(bulk.topic(), plan.replicationFactor());
    BulkLoad load = new BulkLoad(clients, plan.brokerPids());
    Produced produced = load.produce(bulk);
    load.consume(bulk, produced);
    return new SessionResult(load.samples(), Map.of(produced.topic(), produced.records()));
  }
}
