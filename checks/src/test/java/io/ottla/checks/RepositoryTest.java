package io.ottla.checks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;

/** The rules of {@link TextRules} and {@link DependencyRules}, on this repository. */
class RepositoryTest {

  private static final Repository REPOSITORY = Repository.find();
  private static final Path DEPENDENCIES = Path.of("docs/DEPENDENCIES.md");
  private static final Path CONFIGURATION = Path.of("docs/CONFIGURATION.md");
  private static final Path LONG_CLASSES = Path.of("checks/src/test/resources/long-classes.txt");

  @Test
  void noJavaFileHasTabs() {
    assertThat(findings(REPOSITORY.files(".java"), TextRules::tabs)).isEmpty();
  }

  @Test
  void nothingIsWalkedOverInAnOrderThatChangesFromRunToRun() {
    assertThat(findings(REPOSITORY.files(".java"), TextRules::walksInNoOrder)).isEmpty();
  }

  @Test
  void nothingIsLeftForLater() {
    assertThat(findings(REPOSITORY.textFiles(), TextRules::unfinished)).isEmpty();
  }

  @Test
  void noFileNamesAPathOfOneMachine() {
    assertThat(
            findings(
                REPOSITORY.textFiles(),
                (file, text) -> TextRules.machinePaths(file, text, REPOSITORY.root())))
        .isEmpty();
  }

  @Test
  void noMainClassIsTooLong() {
    Map<String, Integer> lengths = new TreeMap<>();
    REPOSITORY.files(".java").stream()
        .filter(file -> file.toString().contains("/src/main/"))
        .forEach(
            file ->
                lengths.put(
                    file.toString(), Math.toIntExact(REPOSITORY.text(file).lines().count())));
    assertThat(lengths).isNotEmpty();

    Map<String, Integer> listed = new TreeMap<>();
    REPOSITORY
        .text(LONG_CLASSES)
        .lines()
        .filter(line -> !line.isBlank() && !line.startsWith("#"))
        .map(line -> line.strip().split("\\s+"))
        .forEach(cells -> listed.put(cells[1], Integer.valueOf(cells[0])));
    assertThat(TextRules.tooLong(lengths, listed)).isEmpty();
  }

  @Test
  void kafkaIsForTestsOnly() {
    assertThat(DependencyRules.kafkaBeyondTests(poms())).isEmpty();
  }

  @Test
  void everyDependencyHasItsReason() {
    assertThat(REPOSITORY.root().resolve(DEPENDENCIES)).isRegularFile();
    assertThat(DependencyRules.undocumented(poms(), REPOSITORY.text(DEPENDENCIES)))
        .as("see %s", DEPENDENCIES)
        .isEmpty();
  }

  @Test
  void everyKeyOfItsOwnIsDescribedToUsers() {
    Path table = Path.of("metadata/src/main/resources/io/ottla/metadata/config/ottla-keys.txt");
    List<String> keys =
        REPOSITORY
            .text(table)
            .lines()
            .filter(line -> line.matches("[a-z].*"))
            .map(line -> line.split("\\|"))
            .map(cells -> "| `" + cells[0].strip() + "` | " + cells[2].strip() + " |")
            .toList();
    assertThat(keys).hasSizeGreaterThan(3);
    assertThat(REPOSITORY.text(CONFIGURATION)).contains(keys);
  }

  @Test
  void theBenchmarkRunsTheKafkaThatTheTestsUse() {
    Pom root = Pom.read(REPOSITORY, Path.of("pom.xml"));
    Pom bench = Pom.read(REPOSITORY, Path.of("bench/kafka/pom.xml"));
    assertThat(bench.property("kafka.version")).isEqualTo(root.property("kafka.version"));
  }

  private static Map<String, Pom> poms() {
    Map<String, Pom> poms = new TreeMap<>();
    REPOSITORY.files().stream()
        .filter(file -> file.endsWith("pom.xml"))
        .forEach(file -> poms.put(file.toString(), Pom.read(REPOSITORY, file)));
    assertThat(poms).hasSizeGreaterThan(5);
    return poms;
  }

  private static List<String> findings(
      List<Path> files, BiFunction<Path, String, List<String>> rule) {
    assertThat(files).isNotEmpty();
    return files.stream()
        .flatMap(file -> rule.apply(file, REPOSITORY.text(file)).stream())
        .toList();
  }
}
