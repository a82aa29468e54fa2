package io.ottla.bench.log;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.ottla.bench.Clients;
import io.ottla.bench.Sample;
import io.ottla.bench.SessionResult;
import io.ottla.bench.log.LogPlan.Fill;
import io.ottla.bench.log.LogPlan.Forced;
import io.ottla.bench.log.LogPlan.ReadAll;
import io.ottla.bench.log.LogPlan.ReadCompacted;
import io.ottla.bench.log.LogPlan.ReadHistory;
import io.ottla.bench.log.LogPlan.Step;
import io.ottla.bench.log.LogPlan.Tail;
import io.ottla.bench.log.LogPlan.Touch;
import io.ottla.bench.log.LogPlan.TwoSegments;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The load JVM: reads a {@link LogPlan}, runs it against a broker that is up, writes a {@link
 * SessionResult}.
 */
public final class LogLoadMain {

  private LogLoadMain() {}

  /**
   * Runs one plan.
   *
   * @param args the file of the plan, the file for the result
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    ObjectMapper mapper = new ObjectMapper();
    LogPlan plan = mapper.readValue(Path.of(args[0]).toFile(), LogPlan.class);
    Clients clients = new Clients(plan.bootstrap());
    List<Sample> samples = new ArrayList<>();
    for (Step step : plan.steps()) {
      samples.addAll(run(clients, plan.brokerPids(), step));
    }
    mapper.writeValue(Path.of(args[1]).toFile(), new SessionResult(samples, Map.of()));
  }

  private static List<Sample> run(Clients clients, List<Long> brokerPids, Step step)
      throws IOException, InterruptedException {
    switch (step) {
      case Fill fill -> new FillLoad(clients).run(fill);
      case ReadAll read -> {
        var _ = HistoryReader.read(clients, read);
      }
      case ReadCompacted read -> CompactedRead.run(clients, read);
      case TwoSegments spread -> new ManyPartitionsLoad(clients).fill(spread);
      case Touch touch -> new ManyPartitionsLoad(clients).touch(touch);
      case Forced forced -> {
        return new ForcedLoad(clients, brokerPids, forced).run();
      }
      case Tail tail -> new TailLoad(clients, tail).run();
      case ReadHistory read ->
          HistoryReader.read(clients, read.history()).write(Path.of(read.windowFile()));
    }
    return List.of();
  }
}
