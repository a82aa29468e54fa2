package io.ottla.bench;

import io.ottla.bench.BrokerKind.Home;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;

/**
 * What every run of run.sh has around its measurements: a directory of its own that is deleted
 * afterwards, two sides that take turns, the facts of the machine, and a report.
 */
public final class BenchRun {

  private final RunOptions options;
  private final Path root;
  private final Path directory;
  private final Side a;
  private final Side b;
  private final Report report;

  private BenchRun(RunOptions options, String title, Path root, Path directory) {
    this.options = options;
    this.root = root;
    this.directory = directory;
    Home home = new Home(root, Path.of(System.getProperty("java.home")));
    this.a = new Side("a", options.a, options.aProperties, home, directory);
    this.b = new Side("b", options.b, options.bProperties, home, directory);
    boolean same = a.kind() == b.kind();
    this.report =
        new Report(
            title.formatted(a.kind().label(), b.kind().label()),
            a.kind().label() + (same ? " (A)" : ""),
            b.kind().label() + (same ? " (B)" : ""));
  }

  /** Takes the measurements of one run. */
  @FunctionalInterface
  public interface Measurements {
    void take(BenchRun run) throws IOException, InterruptedException;
  }

  /** Runs the command line and ends the JVM with its status. */
  public static void main(Object command, String[] args) {
    CommandLine commandLine = new CommandLine(command);
    commandLine.setCaseInsensitiveEnumValuesAllowed(true);
    commandLine.setExecutionExceptionHandler(
        (exception, parsed, result) -> {
          if (exception instanceof MeasurementException failure) {
            tell(failure);
          } else {
            exception.printStackTrace();
          }
          return 1;
        });
    System.exit(commandLine.execute(args));
  }

  /**
   * Takes measurements between a new directory and a written report.
   *
   * @param title of the report, with a {@code %s} for each side
   * @param neededBytes of disk for the data
   * @return the report, with all that was measured
   */
  public static Report execute(
      RunOptions options, String title, long neededBytes, Measurements measurements)
      throws IOException, InterruptedException {
    Path root = Path.of(System.getProperty("ottla.root", "")).toAbsolutePath();
    Path directory =
        (options.directory == null ? root.resolve("bench/target/run") : options.directory)
            .toAbsolutePath()
            .resolve("run-" + ProcessHandle.current().pid());
    Files.createDirectories(directory);
    try {
      requireSpace(directory, neededBytes);
      BenchRun run = new BenchRun(options, title, root, directory);
      run.execute(measurements);
      return run.report;
    } finally {
      if (!options.keep) {
        Side.delete(directory);
      }
    }
  }

  private void execute(Measurements measurements) throws IOException, InterruptedException {
    LocalDate date = LocalDate.now(ZoneOffset.UTC);
    report.fact("date", date.toString());
    report.fact("command", "`" + System.getProperty("ottla.command", "bench/run.sh") + "`");
    Machine.describe(root, directory).forEach(report::fact);
    report.fact("Apache Kafka", System.getProperty("ottla.kafka.version", "unknown"));
    double loadBefore = Machine.loadAverage();
    measurements.take(this);
    report.fact(
        "load average before and after",
        String.format(Locale.ROOT, "%.2f, %.2f", loadBefore, Machine.loadAverage()));
    write(date);
  }

  public Side a() {
    return a;
  }

  public Side b() {
    return b;
  }

  public Report report() {
    return report;
  }

  /** A B, then B A, and so on: a steady drift of the machine then costs both sides the same. */
  public List<Side> inTurn(int round) {
    return round % 2 == 0 ? List.of(a, b) : List.of(b, a);
  }

  /** Prints what was measured and puts it into the report. */
  public void add(Side side, List<Sample> samples) {
    for (Sample sample : samples) {
      Metric metric = sample.metric();
      say(
          String.format(
              Locale.ROOT,
              "  %-45s %-52s %,14.2f %s",
              metric.group(),
              metric.name(),
              sample.value(),
              metric.unit()));
    }
    if (side.equals(a)) {
      report.addA(samples);
    } else {
      report.addB(samples);
    }
  }

  public static String name(Side side) {
    return side.kind().label() + " (" + side.key().toUpperCase(Locale.ROOT) + ")";
  }

  /** What one side left to be written must not slow the other. */
  public static void settleDisk() throws IOException, InterruptedException {
    Process sync = new ProcessBuilder("sync").inheritIO().start();
    if (!sync.waitFor(5, TimeUnit.MINUTES) || sync.exitValue() != 0) {
      sync.destroyForcibly();
      throw new MeasurementException("sync did not end well");
    }
  }

  /** Progress goes to stderr; stdout is for the report. */
  public static void say(String line) {
    System.err.println(line);
  }

  /** Prints why a measurement could not be taken, the line that matters most last. */
  public static void tell(MeasurementException failure) {
    if (failure.getMessage().lines().count() > 1) {
      say(failure.getMessage());
    }
    for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
      say("  caused by " + cause);
    }
    say("FAILED: " + failure.getMessage().lines().findFirst().orElse(""));
  }

  private static void requireSpace(Path directory, long neededBytes) throws IOException {
    long free = Files.getFileStore(directory).getUsableSpace();
    if (free < neededBytes) {
      throw new MeasurementException(
          "%.1f GB free for the data, %.1f GB needed; see --dir and --max-gb"
              .formatted(free / 1e9, neededBytes / 1e9));
    }
  }

  private void write(LocalDate date) throws IOException {
    String markdown = report.markdown();
    Path target = root.resolve(options.name == null ? "bench/target/results" : "docs/benchmarks");
    String base =
        options.name == null ? "latest" : date + "-" + options.name.replaceAll("[^\\w.-]", "-");
    Files.createDirectories(target);
    Files.writeString(target.resolve(base + ".md"), markdown);
    Files.writeString(target.resolve(base + ".json"), report.json());
    System.out.println(markdown);
    say("written: " + root.relativize(target.resolve(base + ".md")) + " and .json");
  }
}
