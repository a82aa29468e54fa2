package io.ottla.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The inputs kept in the repository: those each target began with, and those that found faults. */
final class Corpus {

  private Corpus() {}

  /** The module's directory, from wherever the build was started. */
  private static Path root() {
    Path here = Path.of("").toAbsolutePath();
    return (here.endsWith("fuzz") && Files.exists(here.resolve("run.sh"))
            ? here
            : here.resolve("fuzz"))
        .resolve("corpus");
  }

  static Map<Path, byte[]> of(Target target) throws IOException {
    Map<Path, byte[]> inputs = new TreeMap<>();
    try (Stream<Path> files = Files.list(root().resolve(target.directory()))) {
      for (Path file : files.toList()) {
        inputs.put(file, Files.readAllBytes(file));
      }
    }
    return inputs;
  }

  /** Writes the seeds of all targets anew; leaves what was found since. */
  public static void main(String[] args) throws IOException {
    for (Target target : Target.values()) {
      Path directory = Files.createDirectories(root().resolve(target.directory()));
      for (Map.Entry<String, byte[]> seed : target.seeds().entrySet()) {
        Files.write(directory.resolve(seed.getKey()), seed.getValue());
      }
    }
  }
}
