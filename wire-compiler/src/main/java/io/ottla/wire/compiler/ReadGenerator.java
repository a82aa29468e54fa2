package io.ottla.wire.compiler;

import io.ottla.wire.compiler.FieldType.ArrayOf;
import io.ottla.wire.compiler.FieldType.Scalar;
import io.ottla.wire.compiler.FieldType.StructRef;

/** Writes the {@code read} method of a struct. */
final class ReadGenerator {

  private final StructModel struct;
  private final JavaSource java;

  private ReadGenerator(StructModel struct, JavaSource java) {
    this.struct = struct;
    this.java = java;
  }

  static void generate(StructModel struct, JavaSource java) {
    new ReadGenerator(struct, java).generate();
  }

  private void generate() {
    java.line("");
    if (struct.isMessage()) {
      java.line("@Override");
      java.line("public void read(ProtocolReader in, short version) {");
    } else {
      java.line("void read(ProtocolReader in, short version) {");
    }
    Versions.check(struct, java);
    Versions.flexible(struct, java);
    for (FieldModel field : struct.fields()) {
      inline(field);
    }
    java.line("this.unknownTaggedFields = null;");
    taggedSection();
    java.line("}");
  }

  private void inline(FieldModel field) {
    String condition = field.isInline();
    if (condition.equals("true")) {
      value(field, field.schema().versions(), false);
      return;
    }
    if (condition.equals("false")) {
      java.line("this.%s = %s;", field.name(), field.defaultExpression());
      return;
    }
    java.line("if (%s) {", condition);
    value(field, field.schema().versions(), false);
    java.line("} else {");
    java.line("this.%s = %s;", field.name(), field.defaultExpression());
    java.line("}");
  }

  private void value(FieldModel field, VersionRange known, boolean tagged) {
    String compact = field.isCompact(known);
    switch (field.type()) {
      case Scalar scalar ->
          java.line(
              "this.%s = %s;", field.name(), scalar(scalar, compact, field.isNullable(known)));
      case StructRef ref -> struct(field, ref, known, tagged);
      case ArrayOf array -> array(field, array, compact, field.isNullable(known));
    }
  }

  private static String scalar(Scalar scalar, String compact, String nullable) {
    return switch (scalar) {
      case BOOL -> "in.readBoolean()";
      case INT8 -> "in.readByte()";
      case INT16 -> "in.readShort()";
      case UINT16 -> "in.readUnsignedShort()";
      case INT32 -> "in.readInt()";
      case UINT32 -> "in.readUnsignedInt()";
      case INT64 -> "in.readLong()";
      case FLOAT64 -> "in.readDouble()";
      case UUID -> "in.readUuid()";
      case STRING -> sized("String", compact, nullable);
      case BYTES -> sized("Bytes", compact, nullable);
      case RECORDS -> sized("Records", compact, nullable);
    };
  }

  private static String sized(String what, String compact, String nullable) {
    String plain = "in.read" + what + "(" + compact + ")";
    String orNull = "in.readNullable" + what + "(" + compact + ")";
    return switch (nullable) {
      case "true" -> orNull;
      case "false" -> plain;
      default -> nullable + " ? " + orNull + " : " + plain;
    };
  }

  private void struct(FieldModel field, StructRef ref, VersionRange known, boolean tagged) {
    String nullable = field.isNullable(known);
    String plain = "new " + ref.name() + "(in, version)";
    if (nullable.equals("false")) {
      java.line("this.%s = %s;", field.name(), plain);
      return;
    }
    String presence = "in.readPresence(" + tagged + ")";
    String present = nullable.equals("true") ? presence : "!(" + nullable + ") || " + presence;
    java.line("this.%s = %s ? %s : null;", field.name(), present, plain);
  }

  private void array(FieldModel field, ArrayOf array, String compact, String nullable) {
    String arguments = "(" + compact + ", " + struct.smallestElement(field) + ")";
    String plain = "in.readArrayLength" + arguments;
    String orNull = "in.readNullableArrayLength" + arguments;
    java.line("{");
    switch (nullable) {
      case "true" -> java.line("int count = %s;", orNull);
      case "false" -> java.line("int count = %s;", plain);
      default -> java.line("int count = %s ? %s : %s;", nullable, orNull, plain);
    }
    String element = array.element().boxedType();
    java.line("List<%s> elements = null;", element);
    java.line("if (count %s 0) {", field.isLazy() ? ">" : ">=");
    java.line("elements = new ArrayList<>(count);");
    java.line("for (int i = 0; i < count; i++) {");
    java.line("elements.add(%s);", element(array.element(), compact));
    java.line("}").line("}");
    java.line("this.%s = elements;", field.name());
    java.line("}");
  }

  private static String element(FieldType element, String compact) {
    return switch (element) {
      case Scalar scalar -> scalar(scalar, compact, "false");
      case StructRef ref -> "new " + ref.name() + "(in, version)";
      case ArrayOf array -> throw new IllegalStateException("list of lists");
    };
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
      java.line("this.unknownTaggedFields = in.readUnknownTaggedFields();");
    } else {
      java.line("int tags = in.readTaggedFieldCount();");
      java.line("for (int field = 0; field < tags; field++) {");
      java.line("int tag = in.readUnsignedVarint();");
      java.line("int end = in.readTaggedFieldEnd();");
      java.line("switch (tag) {");
      struct.taggedFields().forEach(this::tagged);
      java.line("default -> {");
      java.line(
          "this.unknownTaggedFields ="
              + " in.readUnknownTaggedField(this.unknownTaggedFields, tag, end);");
      java.line("}").line("}");
      java.line("in.endTaggedField(tag, end);");
      java.line("}");
    }
    if (!flexible.equals("true")) {
      java.line("}");
    }
  }

  private void tagged(FieldModel field) {
    String condition = field.isInTaggedSection();
    java.line("case %d -> {", field.tag());
    if (!condition.equals("true") && !condition.equals("false")) {
      String flexible = struct.isFlexible();
      if (!condition.equals(flexible)) {
        java.line("if (!(%s)) {", condition);
        java.line("throw in.unexpectedTag(tag);").line("}");
      }
    }
    if (condition.equals("false")) {
      java.line("throw in.unexpectedTag(tag);");
    } else {
      value(field, field.schema().tagged(), true);
    }
    java.line("}");
  }
}
