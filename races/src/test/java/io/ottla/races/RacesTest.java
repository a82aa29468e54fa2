package io.ottla.races;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * That the races can be run, and lost: a short play of two of them and of two with planted bugs.
 * All of them, and for longer: {@code races/run.sh}.
 */
class RacesTest {

  private static final Path ROOT = root();
  private static final List<String> PLANTED = List.of("PlantedNapRace", "PlantedReferenceRace");
  private static final List<String> OF_THE_PRODUCT =
      List.of("SegmentReleaseRace", "TransactionGuardsRace");
  private static final int PATIENCE_SECONDS = 120;

  /** Ordered access that somebody wrote by hand. */
  private static final Pattern ORDERED =
      Pattern.compile(
          "^ .*\\b(volatile \\w|VarHandle"
              + " [A-Z]|Atomic(Integer|Long|Boolean|Reference)(Array)?\\b[^;]* =)",
          Pattern.MULTILINE);

  @TempDir Path directory;

  private static Path root() {
    Path here = Path.of("").toAbsolutePath();
    return here.endsWith("races") ? here.getParent() : here;
  }

  @Test
  void plantedBugsAreFoundAndTheProductHasNone() throws IOException, InterruptedException {
    assumeThat(Runtime.getRuntime().availableProcessors()).as("a race needs two").isGreaterThan(1);
    String names = String.join("|", PLANTED) + "|" + String.join("|", OF_THE_PRODUCT);
    Path output = directory.resolve("output");
    Process process =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                "org.openjdk.jcstress.Main",
                "-t",
                names,
                "-v",
                "-c",
                "2",
                "-sc",
                "false",
                "-m",
                "quick",
                "-f",
                "1",
                "-iters",
                "2",
                "-time",
                "100",
                "-jvmArgs",
                "-XX:-TieredCompilation",
                "-r",
                directory.toString())
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    boolean ended = process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
    process.destroyForcibly();

    String text = Files.readString(output, StandardCharsets.UTF_8);
    assertThat(ended).as(text).isTrue();
    for (String name : PLANTED) {
      assertThat(text).containsPattern("\\[FAILED\\] \\S+\\." + name + "\\b");
    }
    for (String name : OF_THE_PRODUCT) {
      assertThat(text).containsPattern("\\[OK\\] \\S+\\." + name + "\\b");
    }
  }

  @Test
  void everyClassWithOrderedAccessIsListedWithItsRaceOrTheReasonWhyItHasNone() throws IOException {
    String document = Files.readString(ROOT.resolve("docs/races.md"), StandardCharsets.UTF_8);
    List<String> missing = new ArrayList<>();
    for (String module :
        List.of("runtime", "log", "metadata", "replication", "coordinator", "broker")) {
      for (Path source : sources(ROOT.resolve(module).resolve("src/main/java"))) {
        String name = source.getFileName().toString().replace(".java", "");
        if (ORDERED.matcher(Files.readString(source, StandardCharsets.UTF_8)).find()
            && !document.contains("`" + name + "`")) {
          missing.add(module + ": " + name);
        }
      }
    }
    assertThat(missing).as("not in docs/races.md").isEmpty();
  }

  @Test
  void everyRaceIsListed() throws IOException {
    String document = Files.readString(ROOT.resolve("docs/races.md"), StandardCharsets.UTF_8);
    assertThat(sources(ROOT.resolve("races/src/test/java")))
        .map(source -> source.getFileName().toString().replace(".java", ""))
        .filteredOn(name -> name.endsWith("Race"))
        .isNotEmpty()
        .allSatisfy(name -> assertThat(document).contains("`" + name + "`"));
  }

  private static List<Path> sources(Path below) throws IOException {
    try (Stream<Path> found = Files.walk(below)) {
      return found.filter(path -> path.toString().endsWith(".java")).sorted().toList();
    }
  }
}
