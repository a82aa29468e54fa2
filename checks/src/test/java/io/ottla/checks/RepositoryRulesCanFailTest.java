package io.ottla.checks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RepositoryRulesCanFailTest {

  private static final Path FILE = Path.of("some/File.java");
  private static final Path ROOT = Path.of("/srv/clones/ottla");

  @Test
  void findsATab() {
    assertThat(TextRules.tabs(FILE, "class A {\n\tint a;\n}\n"))
        .containsExactly("some/File.java:2: a tab: int a;");
    assertThat(TextRules.tabs(FILE, "class A {\n  int a;\n}\n")).isEmpty();
  }

  @Test
  void findsAWalkInNoOrder() {
    assertThat(TextRules.walksInNoOrder(FILE, "for (int i : " + "Set.copyOf(all)) {\n")).hasSize(1);
    assertThat(TextRules.walksInNoOrder(FILE, "for (int i : List.copyOf(all)) {\n")).isEmpty();
  }

  @Test
  void findsNotesOfUnfinishedWork() {
    assertThat(TextRules.unfinished(FILE, "// TO" + "DO: later\n")).hasSize(1);
    assertThat(TextRules.unfinished(FILE, "a\n# FIX" + "ME\n"))
        .singleElement()
        .asString()
        .startsWith("some/File.java:2:");
    assertThat(TextRules.unfinished(FILE, "MASTO" + "DON todos\n")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cd /" + "home/jane/ottla",
        "\"/" + "root/.m2\"",
        "/" + "Users/jane",
        "C:" + "\\Users\\jane",
        "see /srv/clones/notes"
      })
  void findsPathsOfOneMachine(String line) {
    assertThat(TextRules.machinePaths(FILE, line, ROOT)).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://example.org/home/page",
        "src/main/root/x",
        "$DIR/root/x",
        "${dir}/home/x",
        "./root/x",
        "/srv/other",
        "/var/lib/ottla"
      })
  void letsOtherPathsPass(String line) {
    assertThat(TextRules.machinePaths(FILE, line, ROOT)).isEmpty();
    assertThat(TextRules.machinePaths(FILE, line, Path.of("/"))).isEmpty();
    assertThat(TextRules.machinePaths(FILE, line, Path.of("/srv/ottla"))).isEmpty();
  }

  @Test
  void findsLongClassesAndLetsTheListOnlyShrink() {
    Map<String, Integer> listed = Map.of("Known.java", 600, "Gone.java", 700, "Short.java", 501);
    assertThat(
            TextRules.tooLong(
                Map.of("New.java", 501, "Known.java", 600, "Short.java", 500, "Fine.java", 500),
                listed))
        .containsExactly(
            "New.java: 501 lines, 500 allowed",
            "Gone.java: is listed and need not be; take it off the list",
            "Short.java: is listed and need not be; take it off the list");
    assertThat(TextRules.tooLong(Map.of("Known.java", 601), Map.of("Known.java", 600)))
        .containsExactly("Known.java: 601 lines, 600 allowed");
    assertThat(TextRules.tooLong(Map.of("Known.java", 599), Map.of("Known.java", 600)))
        .containsExactly("Known.java: listed with 600 lines; lower it to 599");
  }

  @Test
  void findsKafkaBeyondTests() {
    Pom fine =
        pom(
            """
            <dependencyManagement><dependencies>%s</dependencies></dependencyManagement>
            <dependencies>%s</dependencies>
            """
                .formatted(
                    dependency("org.apache.kafka", "kafka-clients", ""),
                    dependency("org.apache.kafka", "kafka-clients", "test")));
    assertThat(DependencyRules.kafkaBeyondTests(Map.of("a/pom.xml", fine))).isEmpty();

    Pom compile = dependencies(dependency("org.apache.kafka", "kafka-clients", ""));
    Pom runtime = dependencies(dependency("org.apache.kafka", "kafka-server", "runtime"));
    assertThat(DependencyRules.kafkaBeyondTests(Map.of("a/pom.xml", compile)))
        .containsExactly("a/pom.xml: org.apache.kafka:kafka-clients has scope ''");
    assertThat(DependencyRules.kafkaBeyondTests(Map.of("a/pom.xml", runtime)))
        .containsExactly("a/pom.xml: org.apache.kafka:kafka-server has scope 'runtime'");
  }

  @Test
  void findsDependenciesWithoutAReason() {
    Map<String, Pom> poms =
        Map.of(
            "a/pom.xml",
            pom(
                """
                <dependencies>%s%s%s</dependencies>
                <build><dependency>io.ottla:not-coordinates</dependency><annotationProcessorPaths>
                  <path><groupId>org.c</groupId><artifactId>c</artifactId></path>
                </annotationProcessorPaths></build>
                """
                    .formatted(
                        dependency("org.a", "a", ""),
                        dependency("org.b", "b", "test"),
                        dependency("io.ottla", "ottla-wire", ""))));
    assertThat(
            DependencyRules.undocumented(
                poms,
                """
                | artifact | what for | why this one | licence |
                | --- | --- | --- | --- |
                | `org.a:a` | a | it is small | Apache-2.0 |
                | org.b:b | b | it is fast | MIT |
                | org.c:c | c | it is known | MIT |
                """))
        .isEmpty();
    assertThat(
            DependencyRules.undocumented(
                poms,
                """
                | org.a:a | a | it is small | Apache-2.0 |
                | org.b:b | b | | MIT |
                | org.d:d | d | it was needed once | MIT |
                """))
        .isEqualTo(
            List.of(
                "a/pom.xml: org.c:c has no row",
                "org.d:d has a row, but no pom names it",
                "org.b:b needs four filled cells"));
  }

  private static Pom dependencies(String dependencies) {
    return pom("<dependencies>" + dependencies + "</dependencies>");
  }

  private static Pom pom(String content) {
    return Pom.parse("<project>" + content + "</project>");
  }

  private static String dependency(String groupId, String artifactId, String scope) {
    return "<dependency><groupId>%s</groupId><artifactId>%s</artifactId>%s</dependency>"
        .formatted(groupId, artifactId, scope.isEmpty() ? "" : "<scope>" + scope + "</scope>");
  }
}
