package io.ottla.wire.compiler;

import io.ottla.wire.compiler.FieldType.ArrayOf;
import io.ottla.wire.compiler.FieldType.Scalar;
import io.ottla.wire.compiler.FieldType.StructRef;

/** Writes the {@code size} method of a struct, and one for each tagged field of varying size. */
final class SizeGenerator {

  private final StructModel struct;
  private final JavaSource java;

  private SizeGenerator(StructModel struct, JavaSource java) {
    this.struct = struct;
    this.java = java;
  }

  static void generate(StructModel struct, JavaSource java) {
    new SizeGenerator(struct, java).generate();
  }

  /** Java condition: the field goes into the tagged section of this version. */
  static String isWritten(FieldModel field) {
    String condition = field.isInTaggedSection();
    return switch (condition) {
      case "true" -> field.isSet();
      case "false" -> "false";
      default -> "(" + condition + ") && (" + field.isSet() + ")";
    };
  }

  /** Java expression: the bytes of the field's value in the tagged section. */
  static String taggedSize(FieldModel field) {
    return field.type() instanceof Scalar scalar && scalar.isFixedSize()
        ? Integer.toString(scalar.size())
        : field.name() + "Size(version)";
  }

  private void generate() {
    java.line("");
    if (struct.isMessage()) {
      java.line("@Override");
      java.line("public int size(short version) {");
    } else {
      java.line("int size(short version) {");
    }
    Versions.check(struct, java);
    Versions.flexible(struct, java);
    java.line("int size = %d;", alwaysPresentFixedSize());
    struct.fields().forEach(this::inline);
    taggedSection();
    java.line("return size;");
    java.line("}");
    for (FieldModel field : struct.taggedFields()) {
      if (!(field.type() instanceof Scalar scalar && scalar.isFixedSize())) {
        java.line("").line("private int %sSize(short version) {", field.name());
        java.line("int size = 0;");
        value(field, field.schema().tagged());
        java.line("return size;").line("}");
      }
    }
  }

  private int alwaysPresentFixedSize() {
    int size = 0;
    for (FieldModel field : struct.fields()) {
      if (isAlwaysPresentFixedSize(field)) {
        size += ((Scalar) field.type()).size();
      }
    }
    return size;
  }

  private static boolean isAlwaysPresentFixedSize(FieldModel field) {
    return field.type() instanceof Scalar scalar
        && scalar.isFixedSize()
        && field.isInline().equals("true");
  }

  private void inline(FieldModel field) {
    String condition = field.isInline();
    if (condition.equals("false") || isAlwaysPresentFixedSize(field)) {
      return;
    }
    if (!condition.equals("true")) {
      java.line("if (%s) {", condition);
    }
    value(field, field.schema().versions());
    if (!condition.equals("true")) {
      java.line("}");
    }
  }

  private void value(FieldModel field, VersionRange known) {
    String compact = field.isCompact(known);
    switch (field.type()) {
      case Scalar scalar -> scalarField(field, scalar, Nulls.checked(field, known), compact);
      case StructRef ref -> struct(field, ref, known);
      case ArrayOf array -> array(field, array, known, compact);
    }
  }

  private void scalarField(FieldModel field, Scalar scalar, String value, String compact) {
    java.line("size += %s;", scalar(scalar, value, compact, field.schema().isNullable()));
  }

  private static String scalar(Scalar scalar, String value, String compact, boolean nullable) {
    String sizeOf = "ProtocolWriter.sizeOf" + (nullable ? "Nullable" : "");
    return switch (scalar) {
      case STRING -> sizeOf + "String(" + value + ", " + compact + ")";
      case BYTES -> sizeOf + "Bytes(" + value + ", " + compact + ")";
      case RECORDS -> sizeOf + "Records(" + value + ", " + compact + ")";
      default -> Integer.toString(scalar.size());
    };
  }

  private void struct(FieldModel field, StructRef ref, VersionRange known) {
    String name = field.name();
    if (!field.schema().isNullable()) {
      java.line("size += FieldValues.orElse(this.%s, %s.UNSET).size(version);", name, ref.name());
      return;
    }
    String nullable = field.isNullable(known);
    if (nullable.equals("false")) {
      java.line("size += %s.size(version);", Nulls.checked(field, known));
      return;
    }
    java.line("size += %s;", nullable.equals("true") ? "1" : nullable + " ? 1 : 0");
    java.line("if (this.%s != null) {", name);
    java.line("size += this.%s.size(version);", name);
    java.line("}");
  }

  private void array(FieldModel field, ArrayOf array, VersionRange known, String compact) {
    String name = "this." + field.name();
    if (field.isLazy()) {
      java.line(
          "size += ProtocolWriter.sizeOfArrayLength(FieldValues.count(%s), %s);", name, compact);
    } else {
      java.line(
          "size += ProtocolWriter.sizeOfNullableArrayLength(%s, %s);",
          Nulls.checked(field, known), compact);
    }
    if (array.element() instanceof Scalar scalar && scalar.isFixedSize()) {
      java.line("size += %d * FieldValues.count(%s);", scalar.size(), name);
      return;
    }
    java.line("if (%s != null) {", name);
    java.line("for (%s element : %s) {", array.element().javaType(), name);
    if (array.element() instanceof Scalar scalar) {
      java.line("size += %s;", scalar(scalar, "element", compact, false));
    } else {
      java.line("size += element.size(version);");
    }
    java.line("}").line("}");
  }

  private void taggedSection() {
    String flexible = struct.isFlexible();
    if (flexible.equals("false")) {
      return;
    }
    if (!flexible.equals("true")) {
      java.line("if (flexible) {");
    }
    if (struct.taggedFields().isEmpty()) {
      java.line("size += ProtocolWriter.sizeOfUnknownTaggedFields(this.unknownTaggedFields, 0);");
    } else {
      java.line("int tags = 0;");
      for (FieldModel field : struct.taggedFields()) {
        java.line("if (%s) {", isWritten(field));
        java.line("tags++;");
        java.line(
            "size += ProtocolWriter.sizeOfTaggedField(%d, %s);", field.tag(), taggedSize(field));
        java.line("}");
      }
      java.line(
          "size += ProtocolWriter.sizeOfUnknownTaggedFields(this.unknownTaggedFields, tags);");
    }
    if (!flexible.equals("true")) {
      java.line("}");
    }
  }
}
