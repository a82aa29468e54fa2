package io.ottla.checks;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What may use what. The rules are made for a root package, so that they can be shown to fail on
 * fixtures that lie in packages of the same shape under another root.
 */
final class Architecture {

  /**
   * The arrows: each module that ships, and the packages of the product that it may use besides its
   * own. A package stands for its sub-packages too.
   */
  static final Map<String, List<String>> ARROWS =
      inOrder(
          Map.entry("wire", List.of()),
          Map.entry("runtime", List.of()),
          Map.entry("log", List.of("wire")),
          Map.entry("metadata", List.of("wire", "runtime")),
          Map.entry("replication", List.of("wire", "runtime", "log", "metadata.image")),
          Map.entry("coordinator", List.of("wire", "runtime")),
          Map.entry(
              "broker",
              List.of("wire", "runtime", "log", "metadata", "replication", "coordinator")));

  /** Modules that build or judge the product and are no part of it. */
  static final List<String> TOOLS =
      List.of(
          "wire-compiler",
          "history",
          "simulation",
          "races",
          "fuzz",
          "compat-tests",
          "bench",
          "checks");

  private final String root;

  Architecture(String root) {
    this.root = root;
  }

  /** Every rule by its name. */
  Map<String, ArchRule> rules() {
    Map<String, ArchRule> rules = new LinkedHashMap<>();
    ARROWS.keySet().forEach(module -> rules.put("arrows of " + module, arrowsOf(module)));
    rules.put("packages are free of cycles", freeOfCycles());
    rules.put("only runtime knows the Disruptor", onlyRuntimeKnowsTheDisruptor());
    rules.put("only broker knows Netty beyond buffers", onlyBrokerKnowsNettyBeyondBuffers());
    rules.put("only metadata.quorum knows Ratis", onlyTheQuorumKnowsRatis());
    rules.put("no Kafka class", noKafkaClass());
    rules.put("only runtime and broker start threads", onlyRuntimeAndBrokerStartThreads());
    rules.put("only runtime and broker sleep", onlyRuntimeAndBrokerSleep());
    rules.put("only runtime and broker read clocks", onlyRuntimeAndBrokerReadClocks());
    rules.put("packages are named for what they hold", packagesAreNamedForWhatTheyHold());
    return rules;
  }

  /** A module uses what its arrows point to. A module that is still empty passes. */
  private ArchRule arrowsOf(String module) {
    List<String> allowed = ARROWS.get(module);
    String[] mayUse = new String[allowed.size() + 1];
    mayUse[0] = packages(module);
    for (int i = 0; i < allowed.size(); i++) {
      mayUse[i + 1] = packages(allowed.get(i));
    }
    DescribedPredicate<JavaClass> beyond =
        resideInAnyPackage(root + "..").and(DescribedPredicate.not(resideInAnyPackage(mayUse)));
    return noClasses()
        .that()
        .resideInAPackage(packages(module))
        .should()
        .dependOnClassesThat(beyond)
        .as(module + " uses nothing of the product but itself and " + allowed)
        .allowEmptyShould(true);
  }

  /**
   * Packages of all modules. The messages of {@code wire} count as one with what they build on: the
   * index of all generated classes is made with them and lies beside their interface.
   */
  private ArchRule freeOfCycles() {
    return slices()
        .assignedFrom(
            new SliceAssignment() {
              @Override
              public SliceIdentifier getIdentifierOf(JavaClass javaClass) {
                String name = javaClass.getPackageName();
                if (!name.startsWith(root + ".")) {
                  return SliceIdentifier.ignore();
                }
                return SliceIdentifier.of(
                    name.equals(root + ".wire.message") ? root + ".wire" : name);
              }

              @Override
              public String getDescription() {
                return "packages";
              }
            })
        .should()
        .beFreeOfCycles();
  }

  private ArchRule onlyRuntimeKnowsTheDisruptor() {
    return onlyUsedFrom("com.lmax.disruptor..", "runtime");
  }

  private ArchRule onlyTheQuorumKnowsRatis() {
    return onlyUsedFrom("org.apache.ratis..", "metadata.quorum");
  }

  /** Buffers and their reference counts travel through all modules; sockets do not. */
  private ArchRule onlyBrokerKnowsNettyBeyondBuffers() {
    return noClasses()
        .that()
        .resideOutsideOfPackage(packages("broker"))
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("io.netty..")
                .and(
                    DescribedPredicate.not(
                        resideInAnyPackage("io.netty.buffer..", "io.netty.util.."))));
  }

  private ArchRule noKafkaClass() {
    return noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.apache.kafka..", "kafka..");
  }

  private ArchRule onlyRuntimeAndBrokerStartThreads() {
    return onlyRuntimeAndBroker(ForbiddenCalls.START_A_THREAD);
  }

  private ArchRule onlyRuntimeAndBrokerSleep() {
    return onlyRuntimeAndBroker(ForbiddenCalls.SLEEP);
  }

  private ArchRule onlyRuntimeAndBrokerReadClocks() {
    return onlyRuntimeAndBroker(ForbiddenCalls.READ_A_CLOCK);
  }

  private ArchRule packagesAreNamedForWhatTheyHold() {
    List<String> vague =
        List.of("util", "utils", "common", "commons", "helper", "helpers", "misc", "shared");
    return classes()
        .should(
            ArchCondition.from(
                describe(
                    "lie in no package named " + vague,
                    javaClass ->
                        List.of(javaClass.getPackageName().split("\\.")).stream()
                            .noneMatch(vague::contains))));
  }

  private ArchRule onlyRuntimeAndBroker(ArchCondition<JavaClass> notToDo) {
    return classes()
        .that()
        .resideOutsideOfPackages(packages("runtime"), packages("broker"))
        .should(notToDo);
  }

  private ArchRule onlyUsedFrom(String library, String user) {
    return noClasses()
        .that()
        .resideOutsideOfPackage(packages(user))
        .should()
        .dependOnClassesThat()
        .resideInAPackage(library);
  }

  private String packages(String path) {
    return root + "." + path + "..";
  }

  @SafeVarargs
  private static Map<String, List<String>> inOrder(Map.Entry<String, List<String>>... entries) {
    Map<String, List<String>> map = new LinkedHashMap<>();
    for (Map.Entry<String, List<String>> entry : entries) {
      map.put(entry.getKey(), entry.getValue());
    }
    return map;
  }
}
