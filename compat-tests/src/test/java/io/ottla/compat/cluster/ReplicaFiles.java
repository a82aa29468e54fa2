package io.ottla.compat.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.Await;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Compares the replicas of a partition by the batches in their files. */
public final class ReplicaFiles {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int PREFIX_BYTES = 12;
  private static final int LAST_OFFSET_DELTA_AT = 23;
  private static final int HEADER_BYTES = 61;

  private record Batch(long firstOffset, long lastOffset, byte[] bytes) {
    boolean sameAs(Batch other) {
      return Arrays.equals(bytes, other.bytes);
    }

    @Override
    public String toString() {
      return "%d to %d (%d bytes)".formatted(firstOffset, lastOffset, bytes.length);
    }
  }

  private ReplicaFiles() {}

  /**
   * Waits until each of these nodes has the partition up to an offset, and compares up to there.
   */
  public static void awaitEqual(
      List<ClusterNode> nodes, String topic, int partition, long endOffset) throws Exception {
    for (ClusterNode node : nodes) {
      Path replica = node.replica(topic, partition);
      Await.until(
          "%s has %s-%d up to %d".formatted(node, topic, partition, endOffset),
          LIMIT,
          () -> endOffset == 0 || endOf(read(replica)) >= endOffset);
    }
    List<Batch> first = below(endOffset, read(nodes.getFirst().replica(topic, partition)));
    for (ClusterNode node : nodes.subList(1, nodes.size())) {
      List<Batch> other = below(endOffset, read(node.replica(topic, partition)));
      for (int i = 0; i < Math.min(first.size(), other.size()); i++) {
        assertThat(first.get(i).sameAs(other.get(i)))
            .as(
                "batch %d of %s-%d is the same on %s (%s) and on %s (%s)",
                i, topic, partition, nodes.getFirst(), first.get(i), node, other.get(i))
            .isTrue();
      }
      assertThat(other)
          .as("batches of %s-%d on %s and on %s", topic, partition, nodes.getFirst(), node)
          .hasSameSizeAs(first);
    }
  }

  private static List<Batch> below(long endOffset, List<Batch> batches) {
    return batches.stream().filter(batch -> batch.firstOffset < endOffset).toList();
  }

  private static long endOf(List<Batch> batches) {
    return batches.isEmpty() ? 0 : batches.getLast().lastOffset + 1;
  }

  /** The log's segments, oldest first. */
  public static List<Path> segments(Path replica) throws IOException {
    if (!Files.isDirectory(replica)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(replica)) {
      return files.filter(file -> file.toString().endsWith(".log")).sorted().toList();
    }
  }

  private static List<Batch> read(Path replica) throws IOException {
    List<Batch> batches = new ArrayList<>();
    for (Path segment : segments(replica)) {
      ByteBuffer log = ByteBuffer.wrap(Files.readAllBytes(segment));
      int at = 0;
      while (log.limit() - at >= HEADER_BYTES) {
        int size = PREFIX_BYTES + log.getInt(at + 8);
        if (size < HEADER_BYTES || size > log.limit() - at) {
          break; // still being written
        }
        long firstOffset = log.getLong(at);
        long lastOffset = firstOffset + log.getInt(at + LAST_OFFSET_DELTA_AT);
        batches.add(
            new Batch(firstOffset, lastOffset, Arrays.copyOfRange(log.array(), at, at + size)));
        at += size;
      }
    }
    return batches;
  }
}
