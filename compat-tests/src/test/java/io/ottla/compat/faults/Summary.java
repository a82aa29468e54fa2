package io.ottla.compat.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What became of the cells of one run: a table for people, printed and kept in a file. */
final class Summary {
  /** One cell, run or not. */
  record Line(
      Cell cell,
      String seed,
      long operations,
      List<String> proofs,
      String verdict,
      Duration took) {}

  private final FaultSet set;
  private final List<Line> lines = new ArrayList<>();

  Summary(FaultSet set) {
    this.set = set;
  }

  void add(Line line) {
    lines.add(line);
  }

  /** The table as Markdown. */
  private String text() {
    StringBuilder text = new StringBuilder();
    text.append("# Fault suite, set ").append(set).append("\n\n");
    text.append("| Cell | Seed | Operations | Faults, and what shows that they happened |");
    text.append(" Verdict | Seconds |\n|---|---|---:|---|---|---:|\n");
    Duration sum = Duration.ZERO;
    for (Line line : lines) {
      sum = sum.plus(line.took);
      text.append(
          "| %s | %s | %,d | %s | %s | %d |\n"
              .formatted(
                  line.cell,
                  line.seed,
                  line.operations,
                  cellOf(String.join("; ", line.proofs)),
                  cellOf(line.verdict),
                  line.took.toSeconds()));
    }
    return text.append("\nAll together ").append(sum.toSeconds()).append(" seconds.\n").toString();
  }

  private static String cellOf(String text) {
    return text.replace("|", "\\|").replaceAll("\\s+", " ");
  }

  /** Prints the table, and writes it to target/faults; a later run of the set replaces it. */
  void publish() throws IOException {
    System.out.println(text());
    Path file =
        Path.of("target", "faults", "summary-" + set.name().toLowerCase(Locale.ROOT) + ".md");
    Files.createDirectories(file.getParent());
    Files.writeString(file, text());
  }
}
