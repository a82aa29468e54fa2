package io.ottla.compat.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ottla.compat.broker.BrokerKind;
import io.ottla.compat.cluster.Cluster;
import io.ottla.compat.cluster.ClusterNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Plans in which one voter's metadata is gone, another's, or damaged, when it starts: it has to end
 * and say why, because a voter that has forgotten something may vote for somebody who lacks it. The
 * majority goes on meanwhile, and with its own files back the voter does, too. What the files are
 * is Ottla's own affair: on stock Kafka these cells cannot be run.
 */
final class VoterFiles {
  private static final Duration END_LIMIT = Duration.ofSeconds(30);
  static final String METADATA = "__cluster_metadata-1";

  /** Does something to the files of a voter that does not run. */
  private interface Harm {
    void doTo(ClusterNode voter) throws IOException;
  }

  private VoterFiles() {}

  /** the metadata is gone, the directory is another voter's. */
  static void wiped(Scene scene) throws Exception {
    assumeTrue(BrokerKind.UNDER_TEST == BrokerKind.OTTLA, "needs Ottla's files");
    for (int round = 0; round < scene.of(1, 1, 3); round++) {
      ClusterNode voter = scene.drawBroker();
      ClusterNode other = scene.cluster().othersThan(voter.id()).getFirst();
      refused(
          scene,
          voter,
          "its metadata directory gone",
          "(?i)ERROR.*metadata",
          some -> deleteTree(data(some).resolve(METADATA)));
      refused(
          scene,
          voter,
          "with the name plate of " + other,
          "(?i)ERROR.*node\\.id",
          some ->
              Files.write(
                  data(some).resolve("meta.properties"),
                  Files.readAllBytes(data(other).resolve("meta.properties"))));
    }
  }

  /** a bit of the raft log flips, then one of the newest snapshot, if there is one. */
  static void rot(Scene scene) throws Exception {
    assumeTrue(BrokerKind.UNDER_TEST == BrokerKind.OTTLA, "needs Ottla's files");
    for (int round = 0; round < scene.of(1, 1, 3); round++) {
      refused(
          scene,
          scene.drawBroker(),
          "a bit of its metadata log flipped",
          "(?i)ERROR.*(metadata|log_)",
          voter -> flipBit(scene, largest(voter, "log_.*")));
      ClusterNode stopped = scene.drawBroker();
      stopped.stop(); // It takes a snapshot when it stops.
      refused(
          scene,
          stopped,
          "a bit of its metadata snapshot flipped",
          "(?i)ERROR.*snapshot",
          voter -> flipBit(scene, largest(voter, "snapshot\\.[0-9_]+")));
    }
  }

  /** Kills a voter, harms its files, and sees that it ends and that the others go on. */
  private static void refused(
      Scene scene, ClusterNode voter, String what, String message, Harm harm) throws Exception {
    Cluster cluster = scene.cluster();
    if (voter.isAlive()) {
      Kills.kill(voter);
    }
    Path kept = voter.config().directory().resolve("kept");
    copyTree(data(voter).resolve(METADATA), kept.resolve(METADATA));
    Files.copy(data(voter).resolve("meta.properties"), kept.resolve("meta.properties"));
    harm.doTo(voter);
    cluster.expectComplaint(message);
    cluster.expectComplaint("ERROR.* has failed .*\\(LifeCycle\\)"); // Ratis adds its own
    Map<Integer, Long> said = cluster.outputPositions();
    long startedNs = System.nanoTime();
    voter.launch();
    int exitCode = voter.process().awaitExit(END_LIMIT);
    long tookMs = Kills.millisSince(startedNs);
    List<String> complaints =
        voter.outputSince(said.get(voter.id())).stream()
            .filter(line -> line.matches(".*" + message + ".*"))
            .toList();
    assertThat(exitCode).as("exit code of %s, %s", voter, what).isNotZero();
    assertThat(complaints).as("what %s says, %s", voter, what).isNotEmpty();
    scene.awaitProgress();

    deleteTree(data(voter).resolve(METADATA));
    copyTree(kept.resolve(METADATA), data(voter).resolve(METADATA));
    Files.write(
        data(voter).resolve("meta.properties"),
        Files.readAllBytes(kept.resolve("meta.properties")));
    deleteTree(kept);
    voter.start();
    scene.awaitInSync();
    scene.awaitProgress();
    scene.proved(
        "%s, %s, ended with %d after %d ms (%s); the others went on, and so did it with its own"
            + " files",
        voter, what, exitCode, tookMs, complaints.getFirst().replaceFirst("^\\[.*?] *", ""));
  }

  private static Path data(ClusterNode voter) {
    return voter.config().logDirectory();
  }

  private static Path largest(ClusterNode voter, String pattern) throws IOException {
    try (Stream<Path> files = Files.walk(data(voter).resolve(METADATA))) {
      Path found = null;
      for (Path file : files.toList()) {
        if (file.getFileName().toString().matches(pattern)
            && (found == null || Files.size(file) > Files.size(found))) {
          found = file;
        }
      }
      assertThat(found).as("a file of %s like %s", voter, pattern).isNotNull();
      return found;
    }
  }

  /** In the middle of what was written; the file may be longer, for what is to come. */
  private static void flipBit(Scene scene, Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    int written = bytes.length;
    while (written > 0 && bytes[written - 1] == 0) {
      written--;
    }
    int at = written / 3 + scene.random().nextInt(written / 3);
    bytes[at] ^= (byte) (1 << scene.random().nextInt(Byte.SIZE));
    Files.write(file, bytes);
  }

  private static void copyTree(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path copy = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(copy);
        } else {
          Files.copy(file, copy);
        }
      }
    }
  }

  private static void deleteTree(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(file);
      }
    }
  }
}
