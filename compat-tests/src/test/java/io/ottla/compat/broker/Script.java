package io.ottla.compat.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs a command that is expected to end by itself, and soon. */
public final class Script {
  private static final int LIMIT_SECONDS = 60;

  /** How a command ended, and what it printed to standard output and standard error together. */
  public record Result(int exitCode, String output) {
    /** This, if the command ended well. */
    public Result expectSuccess() {
      assertThat(exitCode).as("exit code; output: %s", output).isZero();
      return this;
    }
  }

  private Script() {}

  /** Runs a command in a directory, with these variables added to the environment. */
  public static Result run(Path directory, Map<String, String> environment, String... command)
      throws IOException, InterruptedException {
    Path output = Files.createTempFile("script", ".out");
    try {
      ProcessBuilder builder =
          new ProcessBuilder(List.of(command))
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile());
      builder.environment().putAll(environment);
      Process process = builder.start();
      if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
        fail("Still running: %s%n%s", String.join(" ", command), Files.readString(output));
      }
      return new Result(process.exitValue(), Files.readString(output));
    } finally {
      Files.delete(output);
    }
  }
}
