package io.ottla.bench;

import java.util.Arrays;
import java.util.List;
import picocli.CommandLine.Option;

/** What every run takes that measures figures which can be asked for by name. */
public abstract class FigureOptions extends RunOptions {

  @Option(
      names = "--one-side",
      paramLabel = "a|b",
      description = "measure this side alone, for development")
  public String oneSide;

  @Option(
      names = "--minutes",
      description =
          "no further round of a figure begins that would not end by then; the first always does"
              + " (25 with --cluster and --log, else 12)")
  Integer minutes;

  private final int defaultMinutes;

  protected FigureOptions(int defaultMinutes) {
    this.defaultMinutes = defaultMinutes;
  }

  int minutes() {
    return minutes != null ? minutes : defaultMinutes;
  }

  /** False for a side that was left out on purpose. */
  boolean measures(Side side) {
    return oneSide == null || oneSide.equals(side.key());
  }

  /** Those asked for, each once, in the order asked for; all if none was. */
  protected static <F> List<F> chosen(List<F> only, F[] all) {
    return only.isEmpty() ? Arrays.asList(all) : only.stream().distinct().toList();
  }
}
