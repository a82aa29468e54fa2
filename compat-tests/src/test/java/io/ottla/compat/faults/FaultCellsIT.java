package io.ottla.compat.faults;

import io.ottla.compat.faults.Summary.Line;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.opentest4j.TestAbortedException;

/**
 * The cells of the chosen set ({@code -Dfaults.set=short|change|nightly}), one after the other, or
 * those of them whose names match {@code -Dfaults.cells=}. What is drawn is drawn from {@code
 * -Dfaults.seed=}, which is printed. The files of a cell that failed are left, with {@code
 * -Dfaults.keep=true} those of the others too.
 */
class FaultCellsIT {
  private static final FaultSet SET = FaultSet.CHOSEN;
  private static final Pattern WANTED = Pattern.compile(System.getProperty("faults.cells", ""));
  private static final boolean KEEP = Boolean.getBoolean("faults.keep");
  private static final int LONGEST_VERDICT = 300;
  private static final Summary SUMMARY = new Summary(SET);

  @TestFactory
  Stream<DynamicTest> cells() {
    List<Cell> wanted =
        Cells.ALL.stream()
            .filter(cell -> cell.first().isIn(SET) && WANTED.matcher(cell.id()).find())
            .toList();
    Assertions.assertFalse(wanted.isEmpty(), "no cell matches " + WANTED);
    return wanted.stream().map(cell -> DynamicTest.dynamicTest(cell.toString(), () -> run(cell)));
  }

  @AfterAll
  static void publish() throws Exception {
    SUMMARY.publish();
  }

  private static void run(Cell cell) throws Exception {
    if (cell.isAbsent()) {
      SUMMARY.add(new Line(cell, "", 0, List.of(), "absent: " + cell.absent(), Duration.ZERO));
      Assumptions.abort(cell.absent());
    }
    long seed = Long.getLong("faults.seed", System.nanoTime() & 0xffffff);
    System.out.printf("%s: -Dfaults.set=%s -Dfaults.seed=%d%n", cell, SET, seed);
    long beganNs = System.nanoTime();
    Scene scene = new Scene(cell, FaultSet.PACE, seed);
    String verdict = "failed";
    try {
      Assertions.assertTimeoutPreemptively(SET.cellLimit(), scene::play);
      Assertions.assertFalse(scene.proofs().isEmpty(), "nothing is known to have happened");
      verdict = "passed";
    } catch (TestAbortedException e) {
      verdict = "not run: " + e.getMessage();
      throw e;
    } catch (Exception | AssertionError e) {
      verdict = "FAILED: " + firstLine(Objects.toString(e.getMessage()));
      throw e;
    } finally {
      SUMMARY.add(
          new Line(
              cell,
              Long.toString(seed),
              scene.operations(),
              scene.proofs(),
              verdict,
              Duration.ofNanos(System.nanoTime() - beganNs)));
      scene.end(!verdict.equals("passed"), KEEP);
    }
  }

  private static String firstLine(String text) {
    String first = text.lines().findFirst().orElse("");
    return first.substring(0, Math.min(LONGEST_VERDICT, first.length()));
  }
}
