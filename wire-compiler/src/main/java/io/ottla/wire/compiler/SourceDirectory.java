package io.ottla.wire.compiler;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** A directory that holds generated Java and nothing else. */
final class SourceDirectory {

  private final Path root;
  private final Set<Path> written = new HashSet<>();

  SourceDirectory(Path root) {
    this.root = root;
  }

  /** Writes a file unless it already has this content. */
  void write(String relativePath, String content) throws IOException {
    Path file = root.resolve(relativePath);
    written.add(file);
    if (Files.exists(file) && Files.readString(file).equals(content)) {
      return;
    }
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }

  /** Deletes the Java files that were not written in this run. */
  void deleteOthers() throws IOException {
    List<Path> stale;
    try (Stream<Path> files = Files.walk(root)) {
      stale = files.filter(f -> f.toString().endsWith(".java") && !written.contains(f)).toList();
    }
    for (Path file : stale) {
      Files.delete(file);
    }
  }
}
