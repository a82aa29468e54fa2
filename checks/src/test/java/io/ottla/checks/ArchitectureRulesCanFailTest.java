package io.ottla.checks;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Each rule of {@link Architecture} finds the fixture that breaks it, and nothing else. */
class ArchitectureRulesCanFailTest {

  private static final String ROOT = "io.ottla.checks.fixture";
  private static final JavaClasses FIXTURES = new ClassFileImporter().importPackages(ROOT);
  private static final Map<String, ArchRule> RULES = new Architecture(ROOT).rules();

  private static final Map<String, List<String>> OFFENDERS =
      Map.ofEntries(
          Map.entry("arrows of wire", List.of("wire.UsesRuntime")),
          Map.entry("arrows of runtime", List.of("runtime.UsesTheSimulation")),
          Map.entry("arrows of log", List.of("log.UsesRuntime")),
          Map.entry("arrows of metadata", List.of("metadata.UsesLog")),
          Map.entry("arrows of replication", List.of("replication.UsesTheController")),
          Map.entry("arrows of coordinator", List.of("coordinator.UsesLog")),
          Map.entry("arrows of broker", List.of("broker.UsesTheSimulation")),
          Map.entry(
              "packages are free of cycles",
              List.of("metadata.image.HalfOfACycle", "metadata.config.OtherHalfOfACycle")),
          Map.entry("only runtime knows the Disruptor", List.of("log.UsesTheDisruptor")),
          Map.entry("only broker knows Netty beyond buffers", List.of("log.UsesChannels")),
          Map.entry("only metadata.quorum knows Ratis", List.of("metadata.controller.UsesRatis")),
          Map.entry("no Kafka class", List.of("broker.UsesKafka")),
          Map.entry("only runtime and broker start threads", List.of("coordinator.StartsThreads")),
          Map.entry("only runtime and broker sleep", List.of("replication.Sleeps")),
          Map.entry("only runtime and broker read clocks", List.of("log.ReadsClocks")),
          Map.entry("packages are named for what they hold", List.of("log.util.Anything")));

  @Test
  void everyRuleHasAFixture() {
    assertThat(OFFENDERS).containsOnlyKeys(RULES.keySet());
  }

  @TestFactory
  Stream<DynamicTest> theRuleFindsItsOffendersAndNothingElse() {
    return RULES.entrySet().stream()
        .map(
            rule ->
                DynamicTest.dynamicTest(
                    rule.getKey(),
                    () -> assertFindsOnly(rule.getValue(), OFFENDERS.get(rule.getKey()))));
  }

  private static void assertFindsOnly(ArchRule rule, List<String> offenders) {
    List<String> names = offenders.stream().map(name -> ROOT + "." + name).toList();
    assertThat(FIXTURES.stream().map(JavaClass::getName)).containsAll(names);
    assertThat(rule.evaluate(FIXTURES).getFailureReport().toString()).contains(names);
    JavaClasses innocents =
        FIXTURES.that(
            DescribedPredicate.describe(
                "is innocent", javaClass -> !names.contains(javaClass.getName())));
    assertThat(rule.evaluate(innocents).getFailureReport().getDetails()).isEmpty();
  }

  @Test
  void everyWayToStartAThreadIsFound() {
    assertThat(details("only runtime and broker start threads"))
        .anyMatch(line -> line.contains("newCachedThreadPool"))
        .anyMatch(line -> line.contains("ofVirtual"))
        .anyMatch(line -> line.contains("supplyAsync"))
        .anyMatch(line -> line.contains("parallelStream"))
        .anyMatch(line -> line.contains("java.util.Timer.<init>"));
  }

  @Test
  void everyWayToSleepIsFound() {
    assertThat(details("only runtime and broker sleep"))
        .anyMatch(line -> line.contains("Thread.sleep"))
        .anyMatch(line -> line.contains("TimeUnit.sleep"))
        .anyMatch(line -> line.contains("parkNanos"));
  }

  @Test
  void everyWayToReadAClockIsFound() {
    assertThat(details("only runtime and broker read clocks"))
        .anyMatch(line -> line.contains("currentTimeMillis"))
        .anyMatch(line -> line.contains("nanoTime"))
        .anyMatch(line -> line.contains("Instant.now"))
        .anyMatch(line -> line.contains("java.util.Date.<init>"));
  }

  private static List<String> details(String rule) {
    return RULES.get(rule).evaluate(FIXTURES).getFailureReport().getDetails();
  }
}
