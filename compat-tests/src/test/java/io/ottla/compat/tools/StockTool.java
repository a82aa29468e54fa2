package io.ottla.compat.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.utils.Exit;

/**
 * Runs the main method of a stock Kafka command line tool as its script would, but inside this
 * process: with its own standard input, its output caught, and its exit turned into a result. One
 * tool at a time.
 */
public final class StockTool {
  /** What a tool printed and how it ended. */
  public record Result(String command, int exitCode, String out, String err) {
    /** This, if the tool ended well. */
    public Result expectSuccess() {
      assertThat(exitCode).as("exit code of %s%n%s%n%s", command, out, err).isZero();
      return this;
    }

    /** This, if the tool said that it failed. */
    public Result expectFailure() {
      assertThat(exitCode).as("exit code of %s%n%s%n%s", command, out, err).isNotZero();
      return this;
    }

    /** The lines on standard output. */
    public List<String> lines() {
      return out.lines().toList();
    }
  }

  private static Integer firstStatus;

  private StockTool() {}

  /** Runs a tool that reads nothing. */
  public static Result run(Class<?> tool, String... arguments) throws Exception {
    return runWithInput(tool, "", arguments);
  }

  /** Runs a tool with this text as its standard input. */
  public static synchronized Result runWithInput(Class<?> tool, String input, String... arguments)
      throws Exception {
    InputStream inBefore = System.in;
    PrintStream outBefore = System.out;
    PrintStream errBefore = System.err;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    List<Runnable> shutdownHooks = new ArrayList<>();
    int exitCode = 0;
    firstStatus = null;
    Exit.setExitProcedure(StockTool::exit);
    Exit.setHaltProcedure(StockTool::exit);
    Exit.setShutdownHookAdder((name, hook) -> shutdownHooks.add(hook));
    System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
    try {
      tool.getMethod("main", String[].class).invoke(null, (Object) arguments);
    } catch (InvocationTargetException e) {
      exitCode = exitCode(e.getCause());
    } finally {
      shutdownHooks.forEach(Runnable::run);
      System.setIn(inBefore);
      System.setOut(outBefore);
      System.setErr(errBefore);
      Exit.resetExitProcedure();
      Exit.resetHaltProcedure();
      Exit.resetShutdownHookAdder();
    }
    return new Result(
        tool.getSimpleName() + " " + String.join(" ", arguments),
        exitCode,
        out.toString(StandardCharsets.UTF_8),
        err.toString(StandardCharsets.UTF_8));
  }

  /** Tools that catch everything, this exit too, exit a second time: only the first one counts. */
  private static void exit(int statusCode, String message) {
    if (firstStatus == null) {
      firstStatus = statusCode;
    }
    throw new Exited();
  }

  private static int exitCode(Throwable thrown) {
    if (firstStatus != null) {
      return firstStatus;
    }
    thrown.printStackTrace();
    return 1;
  }

  /** An exit on its way up the tool's stack. */
  private static final class Exited extends Error {
    private static final long serialVersionUID = 1;
  }
}
