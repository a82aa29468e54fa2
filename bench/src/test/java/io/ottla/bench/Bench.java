package io.ottla.bench;

import io.ottla.bench.BrokerKind.Home;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/**
 * Runs both sides in turn and writes the report. Ends with 0 when every measurement could be taken,
 * whatever it says, and with 1 when one could not.
 */
@Command(
    name = "bench/run.sh",
    sortOptions = false,
    description = "Measures two brokers side by side with the stock client.")
public final class Bench implements Callable<Integer> {

  @Mixin private Options options;

  private Path root;

  public static void main(String[] args) {
    CommandLine commandLine = new CommandLine(new Bench());
    commandLine.setCaseInsensitiveEnumValuesAllowed(true);
    commandLine.setExecutionExceptionHandler(
        (exception, command, parsed) -> {
          if (exception instanceof MeasurementException) {
            if (exception.getMessage().lines().count() > 1) {
              say(exception.getMessage());
            }
            for (Throwable cause = exception.getCause(); cause != null; cause = cause.getCause()) {
              say("  caused by " + cause);
            }
            say("FAILED: " + exception.getMessage().lines().findFirst().orElse(""));
          } else {
            exception.printStackTrace();
          }
          return 1;
        });
    System.exit(commandLine.execute(args));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    root = Path.of(System.getProperty("ottla.root", "")).toAbsolutePath();
    Path directory =
        (options.directory == null ? root.resolve("bench/target/run") : options.directory)
            .toAbsolutePath()
            .resolve("run-" + ProcessHandle.current().pid());
    Files.createDirectories(directory);
    try {
      requireSpace(directory);
      run(directory);
    } finally {
      if (!options.keep) {
        Side.delete(directory);
      }
    }
    return 0;
  }

  private void run(Path directory) throws IOException, InterruptedException {
    Home home = new Home(root, Path.of(System.getProperty("java.home")));
    Side a = new Side("a", options.a, options.aProperties, home, directory);
    Side b = new Side("b", options.b, options.bProperties, home, directory);
    boolean same = a.kind() == b.kind();
    Report report =
        new Report(
            a.kind().label() + " and " + b.kind().label() + " side by side",
            a.kind().label() + (same ? " (A)" : ""),
            b.kind().label() + (same ? " (B)" : ""));
    LocalDate date = LocalDate.now(ZoneOffset.UTC);
    report.fact("date", date.toString());
    report.fact("command", "`" + System.getProperty("ottla.command", "bench/run.sh") + "`");
    Machine.describe(root, directory).forEach(report::fact);
    report.fact("rounds", options.rounds() + ", of start-ups " + options.startUps());
    report.fact("Apache Kafka", System.getProperty("ottla.kafka.version", "unknown"));
    double loadBefore = Machine.loadAverage();

    startUps(a, b, report);
    sessions(a, b, report);

    report.fact(
        "load average before and after",
        String.format(Locale.ROOT, "%.2f, %.2f", loadBefore, Machine.loadAverage()));
    write(report, date);
  }

  private void startUps(Side a, Side b, Report report) throws IOException {
    if (options.startUps() == 0) {
      return;
    }
    say("start-up, once each without counting");
    StartUps.freshAndAgain(a, "warm-up");
    StartUps.freshAndAgain(b, "warm-up");
    for (int round = 0; round < options.startUps(); round++) {
      for (Side side : inTurn(a, b, round)) {
        say("start-up %d: %s".formatted(round + 1, name(side)));
        List<Sample> samples = StartUps.freshAndAgain(side, "start-up");
        tell(samples);
        if (side.equals(a)) {
          report.addA(samples);
        } else {
          report.addB(samples);
        }
      }
    }
  }

  private void sessions(Side a, Side b, Report report) throws IOException, InterruptedException {
    for (int round = 0; round < options.rounds(); round++) {
      for (Side side : inTurn(a, b, round)) {
        say("round %d: %s".formatted(round + 1, name(side)));
        List<Sample> samples = new Session(options).run(side, "round");
        tell(samples);
        if (side.equals(a)) {
          report.addA(samples);
        } else {
          report.addB(samples);
        }
        settleDisk();
      }
    }
  }

  /** A B, then B A, and so on: a steady drift of the machine then costs both sides the same. */
  private static List<Side> inTurn(Side a, Side b, int round) {
    return round % 2 == 0 ? List.of(a, b) : List.of(b, a);
  }

  private static String name(Side side) {
    return side.kind().label() + " (" + side.key().toUpperCase(Locale.ROOT) + ")";
  }

  /** What one side left to be written must not slow the other. */
  private static void settleDisk() throws IOException, InterruptedException {
    Process sync = new ProcessBuilder("sync").inheritIO().start();
    if (!sync.waitFor(5, TimeUnit.MINUTES) || sync.exitValue() != 0) {
      sync.destroyForcibly();
      throw new MeasurementException("sync did not end well");
    }
  }

  /** One session's data: a topic for each load, and half as much to warm up; and some to spare. */
  private void requireSpace(Path directory) throws IOException {
    long needed =
        options.noBulk
            ? 3 * options.maxBytes() + 2_000_000_000L
            : 7 * options.maxBytes() + 2_000_000_000L;
    long free = Files.getFileStore(directory).getUsableSpace();
    if (free < needed) {
      throw new MeasurementException(
          "%.1f GB free for the data, %.1f GB needed; see --dir and --max-gb"
              .formatted(free / 1e9, needed / 1e9));
    }
  }

  private void write(Report report, LocalDate date) throws IOException {
    String markdown = report.markdown();
    Path directory =
        root.resolve(options.name == null ? "bench/target/results" : "docs/benchmarks");
    String base =
        options.name == null ? "latest" : date + "-" + options.name.replaceAll("[^\\w.-]", "-");
    Files.createDirectories(directory);
    Files.writeString(directory.resolve(base + ".md"), markdown);
    Files.writeString(directory.resolve(base + ".json"), report.json());
    System.out.println(markdown);
    say("written: " + root.relativize(directory.resolve(base + ".md")) + " and .json");
  }

  private static void tell(List<Sample> samples) {
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
  }

  private static void say(String line) {
    System.err.println(line);
  }
}
