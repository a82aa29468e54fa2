package io.ottla.simulation;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What is left out of a seed's history, by number: faults are numbered from 1 in the order in which
 * they come, the scheme before them is 0; workloads are numbered from 1.
 *
 * <p>What stays is planned as without this: the same faults, at the same moments, with the same
 * chance of their own. All else, as how long messages take, is drawn from one source by whoever
 * comes next, and so is another history from the first thing that is missing on.
 */
public record Omissions(Set<Integer> faults, Set<Integer> workloads) {

  public static final Omissions NONE = new Omissions(Set.of(), Set.of());

  /** From two lists of numbers with commas between them, each of which may be empty or missing. */
  static Omissions of(List<String> lists) {
    return new Omissions(numbers(lists, 0), numbers(lists, 1));
  }

  private static Set<Integer> numbers(List<String> lists, int which) {
    Set<Integer> numbers = new TreeSet<>();
    if (lists.size() > which) {
      for (String number : lists.get(which).split(",")) {
        if (!number.isBlank()) {
          numbers.add(Integer.parseInt(number.trim()));
        }
      }
    }
    return numbers;
  }

  Omissions withoutFault(int number) {
    return new Omissions(with(faults, number), workloads);
  }

  Omissions withoutWorkload(int number) {
    return new Omissions(faults, with(workloads, number));
  }

  private static Set<Integer> with(Set<Integer> some, int another) {
    Set<Integer> all = new TreeSet<>(some);
    all.add(another);
    return all;
  }

  /** What a command says to have it so: {@code --without 0,3 --without-workloads 2}. */
  String arguments() {
    return option(" --without ", faults) + option(" --without-workloads ", workloads);
  }

  private static String option(String name, Set<Integer> numbers) {
    return numbers.isEmpty()
        ? ""
        : name
            + new TreeSet<>(numbers).stream().map(String::valueOf).collect(Collectors.joining(","));
  }
}
