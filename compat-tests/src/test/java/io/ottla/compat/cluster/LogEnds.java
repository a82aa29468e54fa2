package io.ottla.compat.cluster;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;

/** Where partitions end, as their leaders say: at the high watermark. */
public final class LogEnds {
  private LogEnds() {}

  /** Asks for them. */
  public static Map<TopicPartition, Long> of(Cluster cluster, Collection<TopicPartition> partitions)
      throws Exception {
    Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
    partitions.forEach(partition -> wanted.put(partition, OffsetSpec.latest()));
    Map<TopicPartition, Long> ends = new HashMap<>();
    try (Admin admin = cluster.admin()) {
      admin
          .listOffsets(wanted)
          .all()
          .get(60, TimeUnit.SECONDS)
          .forEach((partition, end) -> ends.put(partition, end.offset()));
    }
    return ends;
  }
}
