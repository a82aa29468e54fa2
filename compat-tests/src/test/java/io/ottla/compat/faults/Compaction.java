package io.ottla.compat.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.Await;
import io.ottla.compat.cluster.ClusterNode;
import io.ottla.compat.faults.KeyLoad.Left;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** Plans in which brokers die while they compact. */
final class Compaction {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final long LOOK_EVERY_NS = Duration.ofMillis(1).toNanos();
  private static final List<String> UNFINISHED = List.of(".cleaned", ".swap");

  private Compaction() {}

  /** brokers are killed as soon as files of a cleaning are seen. */
  static void underFaults(Scene scene) throws Exception {
    int caught = 0;
    int rounds = scene.of(2, 4, 12);
    for (int round = 0; round < rounds; round++) {
      ClusterNode node = scene.drawBroker();
      awaitCleaning(node);
      LockSupport.parkNanos(Duration.ofMillis(scene.random().nextInt(20)).toNanos());
      Kills.kill(node);
      List<Path> left = unfinished(node);
      caught += left.isEmpty() ? 0 : 1;
      scene.last(Duration.ofMillis(scene.random().nextInt(3_000)));
      int records = scene.keys().look().records();
      node.start();
      scene.awaitInSync();
      scene.awaitProgress();
      scene.proved(
          "%s killed (exit 137) in a cleaning that left %s; of %,d writes %,d records are there",
          node,
          left.stream().map(Path::getFileName).toList(),
          scene.keys().acknowledged(),
          records);
    }
    assertThat(caught).as("brokers killed with files of a cleaning").isPositive();
    long written = scene.keys().acknowledged();
    List<Left> seen = new ArrayList<>();
    Await.until(
        "deleted keys are gone",
        LIMIT,
        () -> {
          seen.add(scene.keys().look());
          return seen.getLast().gone() > 0;
        });
    Left left = seen.getLast();
    assertThat((long) left.records()).as("records left of %d", written).isLessThan(written / 2);
    scene.proved("%,d deleted keys are gone, %,d records are left", left.gone(), left.records());
  }

  private static void awaitCleaning(ClusterNode node) throws IOException {
    long deadlineNs = System.nanoTime() + LIMIT.toNanos();
    while (unfinished(node).isEmpty()) {
      assertThat(deadlineNs - System.nanoTime()).as("time left until %s cleans", node).isPositive();
      LockSupport.parkNanos(LOOK_EVERY_NS);
    }
  }

  /** Files of a cleaning that is not over, or never will be. */
  private static List<Path> unfinished(ClusterNode node) throws IOException {
    List<Path> found = new ArrayList<>();
    for (int partition = 0; partition < KeyLoad.PARTITIONS; partition++) {
      try (Stream<Path> files = Files.list(node.replica(KeyLoad.TOPIC, partition))) {
        files
            .filter(file -> UNFINISHED.stream().anyMatch(file.toString()::endsWith))
            .forEach(found::add);
      }
    }
    return found;
  }
}
