package io.ottla.metadata.config;

import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;

/**
 * Parsed values by key. The accessors that return a plain type are for keys that have a value; they
 * throw NullPointerException for one that is unset and ClassCastException for one of another type,
 * which are errors of the caller's.
 */
public final class ConfigValues {

  private final Map<String, Object> values;

  /** Copies the map; null stands for a key that is known and unset. */
  ConfigValues(Map<String, Object> values) {
    this.values = Collections.unmodifiableMap(new HashMap<>(values));
  }

  public boolean isSet(String name) {
    return values.get(name) != null;
  }

  public boolean flag(String name) {
    return (Boolean) value(name);
  }

  public int intValue(String name) {
    return (Integer) value(name);
  }

  /** Of a key of 16, 32 or 64 bits. */
  public long longValue(String name) {
    return ((Number) value(name)).longValue();
  }

  public double doubleValue(String name) {
    return ((Number) value(name)).doubleValue();
  }

  public String text(String name) {
    return (String) value(name);
  }

  public List<String> list(String name) {
    return optionalList(name).orElseThrow();
  }

  public Optional<String> optionalText(String name) {
    return Optional.ofNullable((String) value(name));
  }

  public Optional<List<String>> optionalList(String name) {
    return Optional.ofNullable((List<?>) value(name))
        .map(entries -> entries.stream().map(Object::toString).toList());
  }

  /** The parsed value; null if the key is unset. */
  public Object value(String name) {
    Object value = values.get(name);
    if (value == null && !values.containsKey(name)) {
      throw new NoSuchElementException(name);
    }
    return value;
  }

  /** All values, unset keys as null. */
  public Map<String, Object> asMap() {
    return values;
  }
}
