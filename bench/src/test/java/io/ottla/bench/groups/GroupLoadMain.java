package io.ottla.bench.groups;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.ottla.bench.Clients;
import io.ottla.bench.Sample;
import io.ottla.bench.SessionResult;
import io.ottla.bench.groups.GroupPlan.Commit;
import io.ottla.bench.groups.GroupPlan.Settle;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The load JVM: reads a {@link GroupPlan}, runs it against a broker that is up, writes a {@link
 * SessionResult}.
 */
public final class GroupLoadMain {

  private GroupLoadMain() {}

  /**
   * Runs one plan.
   *
   * @param args the file of the plan, the file for the result
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    ObjectMapper mapper = new ObjectMapper();
    GroupPlan plan = mapper.readValue(Path.of(args[0]).toFile(), GroupPlan.class);
    mapper.writeValue(Path.of(args[1]).toFile(), new SessionResult(run(plan), Map.of()));
  }

  private static List<Sample> run(GroupPlan plan) throws IOException, InterruptedException {
    Clients clients = new Clients(plan.bootstrap());
    List<Sample> samples = new ArrayList<>();
    SettleLoad settles = new SettleLoad(plan.bootstrap(), plan.brokerPid());
    if (!plan.settles().isEmpty()) {
      settles.createTopics(clients, plan.settles().getFirst().partitions());
    }
    for (Settle settle : plan.settles()) {
      samples.addAll(settles.run(settle));
    }
    if (!plan.commits().isEmpty()) {
      CommitLoad.createTopics(clients, plan.commits().getFirst().consumers());
    }
    for (Commit commit : plan.commits()) {
      samples.addAll(new CommitLoad(plan.bootstrap(), plan.brokerPid()).run(commit));
    }
    if (plan.idle() != null) {
      try (IdleLoad load = new IdleLoad(plan.idle(), plan.bootstrap(), plan.brokerPid())) {
        samples.addAll(load.run(clients));
      }
    }
    return samples;
  }
}
