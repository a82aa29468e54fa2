package io.ottla.checks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * The work tree these checks run in: which files belong to the repository, and what is in them.
 *
 * <p>A file belongs when git tracks it or would track it (not ignored), so that a new file is
 * judged before it is added, not after.
 */
record Repository(Path root) {

  /** Finds the repository upwards from the working directory. */
  static Repository find() {
    for (Path dir = Path.of("").toAbsolutePath(); dir != null; dir = dir.getParent()) {
      if (Files.exists(dir.resolve(".git"))) {
        return new Repository(dir);
      }
    }
    throw new IllegalStateException("not in a git work tree; these checks ask git for its files");
  }

  /** The files of the repository, relative to its root, in git's order; deleted ones left out. */
  List<Path> files() {
    String listing = git("ls-files", "-z", "--cached", "--others", "--exclude-standard");
    return Arrays.stream(listing.split("\0"))
        .filter(name -> !name.isEmpty())
        .distinct()
        .map(Path::of)
        .filter(file -> Files.isRegularFile(root.resolve(file)))
        .toList();
  }

  /** Those of {@link #files()} with this ending. */
  List<Path> files(String ending) {
    return files().stream().filter(file -> file.toString().endsWith(ending)).toList();
  }

  /** The text files of the repository: those without a zero byte at their start. */
  List<Path> textFiles() {
    return files().stream().filter(this::isText).toList();
  }

  String text(Path file) {
    try {
      return new String(Files.readAllBytes(root.resolve(file)), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** True when this module has Java code of its own that ships. */
  boolean hasMainSources(String module) {
    Path sources = root.resolve(module).resolve("src/main/java");
    if (!Files.isDirectory(sources)) {
      return false;
    }
    try (Stream<Path> tree = Files.walk(sources)) {
      return tree.anyMatch(
          file ->
              file.toString().endsWith(".java")
                  && !file.endsWith("package-info.java")
                  && !file.endsWith("module-info.java"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean isText(Path file) {
    try (var in = Files.newInputStream(root.resolve(file))) {
      for (byte b : in.readNBytes(8000)) {
        if (b == 0) {
          return false;
        }
      }
      return true;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String git(String... arguments) {
    String[] command = new String[arguments.length + 1];
    command[0] = "git";
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    try {
      Process git =
          new ProcessBuilder(command)
              .directory(root.toFile())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      String output = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int status = git.waitFor();
      if (status != 0) {
        throw new IllegalStateException(String.join(" ", command) + " ended with " + status);
      }
      return output;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
