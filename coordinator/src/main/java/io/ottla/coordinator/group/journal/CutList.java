package io.ottla.coordinator.group.journal;

import java.util.Collection;
import java.util.Iterator;
import java.util.List;

/**
 * The beginning of a list that may have been too long to keep. Immutable.
 *
 * @param items the first of them, in order
 * @param count how many there were
 */
public record CutList<T>(List<T> items, int count) {

  private static final CutList<?> NONE = new CutList<>(List.of(), 0);

  public CutList {
    items = List.copyOf(items);
    if (count < items.size()) {
      throw new IllegalArgumentException(count + " in all, but " + items.size() + " of them");
    }
  }

  /** Of nothing. */
  @SuppressWarnings("unchecked") // immutable, and without an item that would have a type
  public static <T> CutList<T> none() {
    return (CutList<T>) NONE;
  }

  /** Keeps at most so many. */
  public static <T> CutList<T> of(Collection<? extends T> all, int maxItems) {
    return new CutList<>(all.stream().<T>map(item -> item).limit(maxItems).toList(), all.size());
  }

  /** How many are not in {@link #items}. */
  public int omitted() {
    return count - items.size();
  }

  public boolean isEmpty() {
    return count == 0;
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (Iterator<T> i = items.iterator(); i.hasNext(); ) {
      text.append(i.next()).append(i.hasNext() ? ", " : "");
    }
    if (omitted() > 0) {
      text.append(text.isEmpty() ? "" : " and ").append(omitted()).append(" more");
    }
    return text.toString();
  }
}
