package io.ottla.checks;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The rules of {@link Architecture}, on the classes that ship. */
class ArchitectureTest {

  private static final Repository REPOSITORY = Repository.find();
  private static final JavaClasses PRODUCT =
      new ClassFileImporter()
          .importPaths(
              Architecture.ARROWS.keySet().stream()
                  .map(ArchitectureTest::classesOf)
                  .filter(Files::isDirectory)
                  .toList());

  @TestFactory
  Stream<DynamicTest> theProductKeepsTheRules() {
    return new Architecture("io.ottla")
        .rules().entrySet().stream()
            .map(
                rule ->
                    DynamicTest.dynamicTest(rule.getKey(), () -> rule.getValue().check(PRODUCT)));
  }

  /** Without this, a rule could pass because its module was not compiled or not found. */
  @TestFactory
  Stream<DynamicTest> everyModuleWithSourcesIsLookedAt() {
    return Architecture.ARROWS.keySet().stream()
        .filter(REPOSITORY::hasMainSources)
        .map(
            module ->
                DynamicTest.dynamicTest(
                    module,
                    () -> {
                      List<JavaClass> classes =
                          new ClassFileImporter().importPath(classesOf(module)).stream().toList();
                      assertThat(classes).as("classes of %s", module).isNotEmpty();
                      assertThat(classes)
                          .as("packages of %s start with io.ottla.%s", module, module)
                          .allMatch(
                              javaClass ->
                                  (javaClass.getPackageName() + ".")
                                      .startsWith("io.ottla." + module + "."));
                    }));
  }

  @Test
  void everyModuleOfTheBuildHasItsPlace() {
    Set<String> modules = Pom.read(REPOSITORY, Path.of("pom.xml")).modules();
    assertThat(modules).isNotEmpty();
    assertThat(modules)
        .as("modules that are neither in Architecture.ARROWS nor in TOOLS")
        .isSubsetOf(
            Stream.concat(Architecture.ARROWS.keySet().stream(), Architecture.TOOLS.stream())
                .collect(Collectors.toSet()));
  }

  private static Path classesOf(String module) {
    return REPOSITORY.root().resolve(module).resolve("target/classes");
  }
}
