package io.ottla.wire.compiler;

import java.util.Locale;

/** The type of a field: a scalar, a list, or a struct of the same message. */
public sealed interface FieldType {

  /** Types without parts. The names in lower case are those of the schema language. */
  enum Scalar implements FieldType {
    BOOL("boolean", "Boolean", 1),
    INT8("byte", "Byte", 1),
    INT16("short", "Short", 2),
    UINT16("int", "Integer", 2),
    INT32("int", "Integer", 4),
    UINT32("long", "Long", 4),
    INT64("long", "Long", 8),
    FLOAT64("double", "Double", 8),
    UUID("Uuid", "Uuid", 16),
    STRING("String", "String", -1),
    BYTES("byte[]", "byte[]", -1),
    RECORDS("Records", "Records", -1);

    private final String javaType;
    private final String boxedType;
    private final int size;

    Scalar(String javaType, String boxedType, int size) {
      this.javaType = javaType;
      this.boxedType = boxedType;
      this.size = size;
    }

    /** Bytes on the wire, or -1 if that depends on the value. */
    public int size() {
      return size;
    }

    public boolean isFixedSize() {
      return size > 0;
    }

    public boolean isPrimitive() {
      return isFixedSize() && this != UUID;
    }

    public boolean isNumber() {
      return this != BOOL && isPrimitive();
    }

    @Override
    public String javaType() {
      return javaType;
    }

    @Override
    public String boxedType() {
      return boxedType;
    }

    @Override
    public boolean mayBeNull() {
      return !isFixedSize();
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Any number of elements of one type.
   *
   * @param element a scalar or a struct
   */
  record ArrayOf(FieldType element) implements FieldType {
    @Override
    public String javaType() {
      return "List<" + element.boxedType() + ">";
    }

    @Override
    public String boxedType() {
      return javaType();
    }

    @Override
    public boolean mayBeNull() {
      return true;
    }

    @Override
    public String toString() {
      return "[]" + element;
    }
  }

  /**
   * A struct the message defines.
   *
   * @param name its name
   */
  record StructRef(String name) implements FieldType {
    @Override
    public String javaType() {
      return name;
    }

    @Override
    public String boxedType() {
      return name;
    }

    @Override
    public boolean mayBeNull() {
      return true;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /** The Java type of a variable that holds one. */
  String javaType();

  /** The Java type of a list's element that holds one. */
  String boxedType();

  /** Whether a schema may declare it nullable. */
  boolean mayBeNull();

  /**
   * Reads the schema language's name of a type.
   *
   * @throws IllegalArgumentException if it is not one
   */
  static FieldType parse(String text) {
    if (text.startsWith("[]")) {
      FieldType element = parse(text.substring(2));
      if (element instanceof ArrayOf) {
        throw new IllegalArgumentException("a list of lists is not supported: " + text);
      }
      if (element == Scalar.BYTES || element == Scalar.RECORDS) {
        throw new IllegalArgumentException("a list of " + element + " is not supported");
      }
      return new ArrayOf(element);
    }
    if (!text.isEmpty() && Character.isUpperCase(text.charAt(0))) {
      return new StructRef(text);
    }
    for (Scalar scalar : Scalar.values()) {
      if (scalar.toString().equals(text)) {
        return scalar;
      }
    }
    throw new IllegalArgumentException("unknown type '" + text + "'");
  }
}
