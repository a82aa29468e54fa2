package io.ottla.metadata.config;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/** Type of a key's value, with the number DescribeConfigs gives it on the wire (KIP-569). */
public enum ConfigType {
  BOOLEAN(1, "true or false"),
  STRING(2, "text"),
  INT(3, "a whole number of 32 bits"),
  SHORT(4, "a whole number of 16 bits"),
  LONG(5, "a whole number of 64 bits"),
  DOUBLE(6, "a number"),
  LIST(7, "a list separated by commas"),
  /** A class name. It stays text here: nothing is loaded. */
  CLASS(8, "a class name"),
  /** A secret: never shown, logged or repeated in an error. */
  PASSWORD(9, "text");

  /** What the wire says of a key nobody knows. */
  public static final byte UNKNOWN_ID = 0;

  private static final Pattern COMMA = Pattern.compile("\\s*,\\s*");

  private final byte id;
  private final String description;

  ConfigType(int id, String description) {
    this.id = (byte) id;
    this.description = description;
  }

  public byte id() {
    return id;
  }

  /** What a value of this type looks like, to end "must be ...". */
  public String description() {
    return description;
  }

  public boolean isSecret() {
    return this == PASSWORD;
  }

  /**
   * Reads a value; space around it does not count.
   *
   * @return Boolean, String, Integer, Short, Long, Double or an immutable List of String
   * @throws IllegalArgumentException if the text is not of this type
   */
  public Object parse(String text) {
    String trimmed = text.trim();
    return switch (this) {
      case BOOLEAN -> parseBoolean(trimmed);
      case STRING, PASSWORD, CLASS -> trimmed;
      case INT -> Integer.valueOf(trimmed);
      case SHORT -> Short.valueOf(trimmed);
      case LONG -> Long.valueOf(trimmed);
      case DOUBLE -> Double.valueOf(trimmed);
      case LIST -> trimmed.isEmpty() ? List.of() : List.copyOf(Arrays.asList(split(trimmed)));
    };
  }

  private static String[] split(String text) {
    return COMMA.split(text, -1);
  }

  private static Boolean parseBoolean(String text) {
    if (text.equalsIgnoreCase("true")) {
      return Boolean.TRUE;
    }
    if (text.equalsIgnoreCase("false")) {
      return Boolean.FALSE;
    }
    throw new IllegalArgumentException(text);
  }

  /** The text of a parsed value, as {@link #parse} reads it; null for null. */
  public String format(Object value) {
    if (value == null) {
      return null;
    }
    return value instanceof List<?> list
        ? String.join(",", list.stream().map(Object::toString).toList())
        : value.toString();
  }
}
