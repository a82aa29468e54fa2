package io.ottla.compat.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.broker.BrokerKind;
import io.ottla.compat.broker.OttlaHome;
import io.ottla.compat.broker.Script;
import io.ottla.compat.cluster.Cluster;
import io.ottla.compat.cluster.ClusterNode;
import io.ottla.compat.cluster.MetadataProbe.Leadership;
import io.ottla.compat.cluster.ReplicaFiles;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Plans in which files of one replica rot while its broker is down. */
final class Rot {
  private Rot() {}

  /**
   * of a leader, then of a follower, that was killed: a bit of the log's end flips, indexes
   * are gone or filled with rubbish, so are the producers' states; other files of the partition are
   * cut short. What cannot be trusted is thrown away, and comes back from the others.
   */
  static void minority(Scene scene) throws Exception {
    Cluster cluster = scene.cluster();
    for (int round = 0; round < scene.of(2, 2, 8); round++) {
      scene.queue().awaitProgress(100);
      int partition = scene.drawPartition();
      Leadership leadership = scene.leadership(partition);
      ClusterNode node =
          round % 2 == 0
              ? cluster.node(leadership.leaderId())
              : cluster.othersThan(leadership.leaderId()).getFirst();
      Kills.kill(node);
      List<String> damaged = new ArrayList<>();
      for (int each = 0; each < Scene.PARTITIONS; each++) {
        damaged.addAll(damage(scene, node.replica(Scene.QUEUE, each)));
      }
      Path flipped = ReplicaFiles.segments(node.replica(Scene.QUEUE, partition)).getLast();
      long at = flipBit(scene, flipped);
      if (BrokerKind.UNDER_TEST == BrokerKind.OTTLA) {
        Script.Result verified =
            Script.run(
                node.config().directory(),
                Map.of(),
                OttlaHome.logScript().toString(),
                "verify",
                node.config().logDirectory().toString());
        assertThat(verified.exitCode()).as("what verify says: %s", verified.output()).isEqualTo(1);
      }
      node.start();
      scene.awaitInSync();
      scene.proved(
          "%s (%s) killed; a bit of byte %d of %s-%d flipped, and %d files of its replicas spoilt:"
              + " %s; verify found it, and all replicas are in sync again",
          node,
          round % 2 == 0 ? "leader" : "follower",
          at,
          Scene.QUEUE,
          partition,
          damaged.size(),
          damaged);
      scene.awaitProgress();
    }
  }

  /** Flips a bit of the last half of a file; returns where. */
  private static long flipBit(Scene scene, Path file) throws IOException {
    try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
      long length = bytes.length();
      assertThat(length).as("bytes of %s", file).isPositive();
      long at = length / 2 + scene.random().nextLong(length - length / 2);
      bytes.seek(at);
      int before = bytes.read();
      bytes.seek(at);
      bytes.write(before ^ 1 << scene.random().nextInt(Byte.SIZE));
      return at;
    }
  }

  /** Spoils what a broker can make anew from the log; returns what and how. */
  private static List<String> damage(Scene scene, Path replica) throws IOException {
    List<String> damaged = new ArrayList<>();
    try (Stream<Path> files = Files.list(replica)) {
      for (Path file : files.sorted().toList()) {
        String name = file.getFileName().toString();
        if (!name.matches(".*\\.(index|timeindex|txnindex|snapshot)")
            || scene.random().nextBoolean()) {
          continue;
        }
        byte[] bytes = Files.readAllBytes(file);
        switch (scene.random().nextInt(3)) {
          case 0 -> {
            Files.delete(file);
            damaged.add(name + " deleted");
          }
          case 1 -> {
            scene.random().nextBytes(bytes);
            Files.write(file, bytes);
            damaged.add(name + " overwritten");
          }
          default -> {
            Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
            damaged.add(name + " halved");
          }
        }
      }
    }
    return damaged;
  }
}
