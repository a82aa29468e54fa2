package io.ottla.checks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Rules on the dependencies that the poms of the repository name, by the path of the pom. */
final class DependencyRules {

  private static final String OWN = "io.ottla";

  private DependencyRules() {}

  /** Kafka artifacts that are not plainly of test scope. Management without a scope is fine. */
  static List<String> kafkaBeyondTests(Map<String, Pom> poms) {
    List<String> found = new ArrayList<>();
    poms.forEach(
        (file, pom) ->
            pom.dependencies().stream()
                .filter(dependency -> dependency.groupId().equals("org.apache.kafka"))
                .filter(dependency -> !dependency.scope().equals("test"))
                .filter(dependency -> !(dependency.managed() && dependency.scope().isEmpty()))
                .forEach(
                    dependency ->
                        found.add(
                            "%s: %s has scope '%s'"
                                .formatted(file, dependency.name(), dependency.scope()))));
    return found;
  }

  /**
   * Dependencies and annotation processors without a row in the document, rows without a
   * dependency, and rows that leave something open.
   */
  static List<String> undocumented(Map<String, Pom> poms, String document) {
    Map<String, String> users = new TreeMap<>();
    poms.forEach(
        (file, pom) -> {
          pom.dependencies().stream()
              .filter(dependency -> !dependency.managed())
              .forEach(dependency -> users.putIfAbsent(dependency.name(), file));
          pom.processors().forEach(processor -> users.putIfAbsent(processor.name(), file));
        });
    users.keySet().removeIf(name -> name.startsWith(OWN + ":"));

    List<String> found = new ArrayList<>();
    List<List<String>> rows = rows(document);
    Set<String> documented = rows.stream().map(List::getFirst).collect(Collectors.toSet());
    users.forEach(
        (name, file) -> {
          if (!documented.contains(name)) {
            found.add(file + ": " + name + " has no row");
          }
        });
    for (String name : new TreeSet<>(documented)) {
      if (!users.containsKey(name) && !isManaged(poms.values(), name)) {
        found.add(name + " has a row, but no pom names it");
      }
    }
    rows.stream()
        .filter(row -> row.size() != 4 || row.stream().anyMatch(String::isEmpty))
        .forEach(row -> found.add(row.getFirst() + " needs four filled cells"));
    return found;
  }

  private static boolean isManaged(Collection<Pom> poms, String name) {
    return poms.stream()
        .flatMap(pom -> pom.dependencies().stream())
        .anyMatch(dependency -> dependency.name().equals(name));
  }

  /** The cells of all table rows that start with {@code group:artifact}, code marks taken off. */
  private static List<List<String>> rows(String document) {
    return document
        .lines()
        .map(String::strip)
        .filter(line -> line.startsWith("|"))
        .map(line -> line.substring(1, line.endsWith("|") ? line.length() - 1 : line.length()))
        .map(
            line ->
                Arrays.stream(line.split("\\|", -1))
                    .map(cell -> cell.replace("`", "").strip())
                    .toList())
        .filter(cells -> cells.getFirst().matches("[\\w.-]+:[\\w.-]+"))
        .toList();
  }
}
