package io.ottla.broker.admin;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Finds what a request names more than once, which is refused rather than done twice. */
final class Duplicates {

  private Duplicates() {}

  static <T, K> Set<K> of(List<T> items, Function<T, K> key) {
    Set<K> seen = new HashSet<>();
    return items.stream().map(key).filter(k -> !seen.add(k)).collect(Collectors.toSet());
  }
}
