package io.ottla.wire;

import java.util.List;
import java.util.Objects;

/**
 * What generated classes do with the values of their fields. A list that cannot be null is null
 * inside a message while it is empty; "equal", "hash" and "count" take both for the same.
 */
public final class FieldValues {

  /** The empty value of a field of bytes. */
  public static final byte[] NO_BYTES = {};

  private FieldValues() {}

  public static int count(List<?> list) {
    return list == null ? 0 : list.size();
  }

  public static <T> List<T> orEmpty(List<T> list) {
    return list == null ? List.of() : list;
  }

  public static <T> T orElse(T value, T other) {
    return value == null ? other : value;
  }

  public static boolean equal(List<?> one, List<?> other) {
    return orEmpty(one).equals(orEmpty(other));
  }

  public static int hash(List<?> list) {
    return orEmpty(list).hashCode();
  }

  /**
   * Returns the value if it is not null.
   *
   * @throws UnsupportedVersionException if it is: other versions could say that, this one cannot
   */
  public static <T> T present(T value, String field, short version) {
    if (value == null) {
      throw new UnsupportedVersionException(
          field + " cannot be null in version " + version + " of the message");
    }
    return value;
  }

  /** What to throw where a version lacks a message, or a field that is set. */
  public static UnsupportedVersionException unsupported(String what, short version) {
    return new UnsupportedVersionException(what + " does not exist in version " + version);
  }

  /** Appends a value; of bytes and records, which may be secret or large, only how many. */
  public static void show(StringBuilder text, Object value) {
    switch (value) {
      case null -> text.append("null");
      case String string -> text.append('\'').append(string).append('\'');
      case byte[] bytes -> text.append(bytes.length).append(" bytes");
      case Records records -> text.append(records.sizeInBytes()).append(" bytes");
      case List<?> list -> showList(text, list);
      default -> text.append(value);
    }
  }

  private static void showList(StringBuilder text, List<?> list) {
    text.append('[');
    for (int i = 0; i < list.size(); i++) {
      if (i > 0) {
        text.append(", ");
      }
      show(text, list.get(i));
    }
    text.append(']');
  }

  /** Appends the tagged fields that the schema does not know, if there are any. */
  public static void showUnknown(StringBuilder text, List<RawTaggedField> fields) {
    if (count(fields) > 0) {
      text.append(", unknown tagged fields=").append(Objects.toString(fields));
    }
  }
}
