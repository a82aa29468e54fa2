package io.ottla.bench.cluster;

import io.ottla.bench.LoadProcess;
import io.ottla.bench.Sample;
import io.ottla.bench.SessionPlan;
import io.ottla.bench.SessionPlan.Bulk;
import io.ottla.bench.SessionResult;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * Records of 1 KB to three replicas as fast as one client with its defaults can, then read back:
 * how fast, and what it costs the three brokers together.
 */
final class ReplicatedProduce implements Figure {

  private static final int VALUE_BYTES = 1024;
  private static final int MAX_SECONDS = 45;

  private final long maxBytes;

  ReplicatedProduce(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  @Override
  public void measure(Cluster cluster, List<Sample> samples)
      throws IOException, InterruptedException {
    SessionPlan plan =
        new SessionPlan(
            cluster.clients().bootstrap(),
            cluster.pids(),
            Cluster.NODES,
            List.of(bulk("warm-up", maxBytes / 2)),
            List.of(bulk("1 KB, client defaults, 3 replicas", maxBytes)),
            null);
    SessionResult result =
        LoadProcess.run(cluster.side(), cluster.directory(), plan, cluster.processes());
    samples.addAll(result.samples());
  }

  private static Bulk bulk(String name, long bytes) {
    String topic = name.startsWith("warm-up") ? "warm-up" : "bulk";
    return new Bulk(name, topic, VALUE_BYTES, MAX_SECONDS, bytes, Map.of());
  }
}
