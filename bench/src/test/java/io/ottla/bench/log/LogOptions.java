package io.ottla.bench.log;

import io.ottla.bench.FigureOptions;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/**
 * The command line of {@code run.sh --log}. Unset sizes and times are multiplied with {@code
 * --scale}.
 */
final class LogOptions extends FigureOptions {

  private static final double BYTES_PER_GB = 1e9;
  private static final long BYTES_OF_FORCED = 1_000_000_000L;

  @Option(names = "--log", required = true, description = "measure the log and its files")
  boolean log;

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "figure",
      description = "measure only these: restart, partitions, compaction, flush, cold")
  List<LogFigure> only = new ArrayList<>();

  @Option(
      names = "--rounds",
      description = "of each figure, each on a fresh broker of each side (2; quick: 1)")
  Integer rounds;

  @Option(
      names = "--scale",
      description = "of all sizes and times that are not given by themselves (1; quick: 0.1)")
  Double scale;

  @Option(names = "--restart-gb", description = "values in 100 partitions at the kill, GB (5)")
  Double restartGb;

  @Option(names = "--partitions", description = "of two segments each (5000)")
  Integer partitions;

  @Option(names = "--compaction-gb", description = "values of the keyed topic, GB (2)")
  Double compactionGb;

  @Option(names = "--compaction-value", description = "size of each of them, bytes (1024)")
  int compactionValueBytes = 1024;

  @Option(
      names = "--flush-partitions",
      split = ",",
      paramLabel = "number",
      description = "that the 64 producers write to, one load for each number (1,16)")
  List<Integer> flushPartitions = new ArrayList<>(List.of(1, 16));

  @Option(
      names = "--seconds",
      description = "of forced appends, after half as many to warm up (12, never under 3)")
  Integer seconds;

  @Option(names = "--cold-gb", description = "values in the history that is read, GB (10)")
  Double coldGb;

  @Option(names = "--rate", description = "records/s at the tail meanwhile (2000)")
  int rate = 2000;

  LogOptions() {
    super(25);
  }

  int rounds() {
    return choose(rounds, 2, 1);
  }

  long restartBytes() {
    return bytes(restartGb, 5);
  }

  int partitions() {
    return partitions != null ? partitions : scaled(5000, 10);
  }

  /** For a broker to come to rest before its memory is looked at. */
  int settleSeconds() {
    return scaled(5, 2);
  }

  long compactionBytes() {
    return bytes(compactionGb, 2);
  }

  int flushSeconds() {
    return seconds != null ? seconds : scaled(12, 3);
  }

  long coldBytes() {
    return bytes(coldGb, 10);
  }

  /** Of the tail alone. */
  int quietSeconds() {
    return scaled(25, 5);
  }

  /** What to measure, in the order in which it is measured. */
  List<LogFigure> figures() {
    return chosen(only, LogFigure.values());
  }

  /** The largest that any figure has on the disk at a time, with room to spare. */
  long neededBytes() {
    long most = 0;
    for (LogFigure figure : figures()) {
      long bytes =
          switch (figure) {
            case RESTART -> restartBytes();
            // Two small segments, their indexes, and what file systems take for each file.
            case PARTITIONS -> partitions() * 100_000L;
            // Before and after, until the old segments are deleted; and the one that warms up.
            case COMPACTION -> 3 * compactionBytes();
            case FLUSH -> BYTES_OF_FORCED;
            case COLD -> coldBytes();
          };
      most = Math.max(most, bytes);
    }
    return most + most / 10 + 2_000_000_000L;
  }

  private long bytes(Double givenGb, double fullGb) {
    return (long) (BYTES_PER_GB * (givenGb != null ? givenGb : fullGb * factor()));
  }

  private int scaled(int full, int least) {
    return Math.max(least, (int) Math.round(full * factor()));
  }

  private double factor() {
    return scale != null ? scale : quick ? 0.1 : 1;
  }
}
