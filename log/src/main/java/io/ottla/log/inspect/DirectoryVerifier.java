package io.ottla.log.inspect;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Checks a log directory with all its partitions, or the directory of one partition. */
public final class DirectoryVerifier {

  private static final Pattern PARTITION =
      Pattern.compile("(.+)-(\\d+)|.+\\.[0-9a-f]{32}-(future|stray)");

  /** Topics of the broker's own that are compacted. */
  private static final Pattern COMPACTED =
      Pattern.compile("(__consumer_offsets|__transaction_state|__share_group_state)-\\d+");

  /** Our own metadata log: named like a partition, and Ratis' inside. */
  private static final String OWN_METADATA = "__cluster_metadata-1";

  private static final List<String> ENDS =
      List.of(
          "recovery-point-offset-checkpoint",
          "replication-offset-checkpoint",
          "log-start-offset-checkpoint");

  private final Problems problems;
  private final boolean compacted;
  private long partitions;
  private long batches;
  private long bytes;

  /**
   * @param compacted whether gaps between offsets are no problem anywhere
   * @param lines told of each problem
   */
  public DirectoryVerifier(boolean compacted, Consumer<String> lines) {
    this.compacted = compacted;
    this.problems = new Problems(lines);
  }

  /** Checks a directory; may be called for several, one after the other. */
  public void verify(Path directory) {
    if (!Files.isDirectory(directory)) {
      problems.add(
          directory, Files.exists(directory) ? "is no directory" : "there is no such directory");
      return;
    }
    try {
      Path absolute = directory.toAbsolutePath().normalize();
      boolean isPartition = hasSegments(absolute);
      Path logDirectory = isPartition ? absolute.getParent() : absolute;
      Set<String> cleaned = cleaned(logDirectory);
      if (isPartition) {
        long _ = partition(absolute, cleaned);
        return;
      }
      Map<String, Long> ends = new HashMap<>();
      try (Stream<Path> children = Files.list(absolute)) {
        for (Path child : children.sorted().toList()) {
          String name = child.getFileName().toString();
          if (Files.isDirectory(child)
              && !name.equals(OWN_METADATA)
              && PARTITION.matcher(name).matches()) {
            ends.put(name, partition(child, cleaned));
          }
        }
      }
      checkpoints(absolute, ends);
    } catch (IOException e) {
      problems.add(directory, "cannot be read: " + e);
    }
  }

  private static boolean hasSegments(Path directory) throws IOException {
    try (Stream<Path> children = Files.list(directory)) {
      return children.anyMatch(file -> FileKind.of(file) == FileKind.SEGMENT);
    }
  }

  private long partition(Path directory, Set<String> cleaned) {
    String name = directory.getFileName().toString();
    boolean mayHaveGaps = compacted || cleaned.contains(name) || COMPACTED.matcher(name).matches();
    PartitionVerifier verifier = new PartitionVerifier(directory, mayHaveGaps, problems);
    verifier.run();
    partitions++;
    batches += verifier.batches();
    bytes += verifier.bytes();
    return verifier.endOffset();
  }

  /** The partitions that were compacted, as their cleaner has noted. */
  private static Set<String> cleaned(Path logDirectory) {
    Set<String> names = new HashSet<>();
    Path file = logDirectory.resolve("cleaner-offset-checkpoint");
    if (Files.exists(file)) {
      try {
        CheckpointFile.read(file, 3, 2, entry -> names.add(entry[0] + "-" + entry[1]));
      } catch (IOException e) {
        // Reported where the checkpoints are.
        return names;
      }
    }
    return names;
  }

  private void checkpoints(Path directory, Map<String, Long> ends) throws IOException {
    for (String name : ENDS) {
      Path file = directory.resolve(name);
      if (!Files.exists(file)) {
        continue;
      }
      try {
        CheckpointFile.read(
            file,
            3,
            2,
            entry -> {
              Long end = ends.get(entry[0] + "-" + entry[1]);
              long offset = Long.parseLong(entry[2]);
              if (end != null && end >= 0 && offset > end) {
                problems.add(
                    file,
                    entry[0]
                        + "-"
                        + entry[1]
                        + " is at "
                        + offset
                        + ", but its log ends at "
                        + end);
              }
            });
      } catch (DamagedFileException e) {
        problems.add(file, e.getMessage());
      }
    }
    Path cleaner = directory.resolve("cleaner-offset-checkpoint");
    if (Files.exists(cleaner)) {
      try {
        CheckpointFile.read(cleaner, 3, 2, entry -> {});
      } catch (DamagedFileException e) {
        problems.add(cleaner, e.getMessage());
      }
    }
    Path properties = directory.resolve("meta.properties");
    if (!Files.exists(properties)) {
      problems.add(directory, "it has no meta.properties that says whose it is");
    } else {
      properties(properties);
    }
  }

  private void properties(Path file) throws IOException {
    if (Files.size(file) > 64 * 1024) {
      problems.add(file, "it is far too large");
      return;
    }
    Map<String, String> said = new HashMap<>();
    new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1)
        .lines()
        .filter(line -> line.contains("="))
        .forEach(
            line ->
                said.put(
                    line.substring(0, line.indexOf('=')).strip(),
                    line.substring(line.indexOf('=') + 1).strip()));
    for (String key : List.of("version", "cluster.id", "node.id")) {
      if (said.getOrDefault(key, "").isEmpty()) {
        problems.add(file, "it has no " + key);
      }
    }
  }

  /** How many problems there were. */
  public long problems() {
    return problems.count();
  }

  /** What was looked at, in a few words. */
  public String summary() {
    return partitions + " partitions, " + batches + " batches, " + bytes + " bytes";
  }
}
