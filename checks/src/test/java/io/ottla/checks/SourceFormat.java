package io.ottla.checks;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;

/**
 * google-java-format over the Java sources of the repository. {@code bin/format} starts it from
 * source, which is why it needs nothing but the formatter and {@link Repository}.
 */
final class SourceFormat {

  static final String COMMAND = "bin/format";

  private final Path root;

  SourceFormat(Path root) {
    this.root = root;
  }

  /** The files that the formatter would change, and the ones that it cannot parse. */
  List<String> misformatted(List<Path> files) {
    if (files.isEmpty()) {
      return List.of();
    }
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    run(List.of("--dry-run"), files, out, err);
    List<String> found = new ArrayList<>();
    out.toString()
        .lines()
        .map(line -> root.relativize(Path.of(line)).toString())
        .forEach(found::add);
    err.toString().lines().forEach(found::add);
    return found;
  }

  /** Rewrites in place what is not formatted. */
  void format(List<Path> files) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int status = run(List.of("--replace"), files, out, err);
    if (status != 0) {
      throw new IllegalStateException("google-java-format: " + err);
    }
  }

  private int run(List<String> options, List<Path> files, StringWriter out, StringWriter err) {
    ToolProvider formatter =
        ToolProvider.findFirst("google-java-format")
            .orElseThrow(() -> new IllegalStateException("google-java-format not on class path"));
    List<String> arguments = new ArrayList<>(options);
    files.forEach(file -> arguments.add(root.resolve(file).toString()));
    return formatter.run(
        new PrintWriter(out, true), new PrintWriter(err, true), arguments.toArray(String[]::new));
  }

  public static void main(String[] args) {
    Repository repository = Repository.find();
    new SourceFormat(repository.root()).format(repository.files(".java"));
  }
}
