package io.ottla.compat.upstream;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** Runs some of the classes, to look at one thing: a regex of their names, and where to write. */
public final class RunSuite {
  private RunSuite() {}

  public static void main(String[] arguments) throws Exception {
    Pattern names = Pattern.compile(arguments[0]);
    List<Result> results =
        Suite.run(name -> names.matcher(name).find(), KnownFailures.none(), Path.of(arguments[1]))
            .results();
    results.forEach(result -> System.out.println(result.line()));
    System.exit(0);
  }
}
