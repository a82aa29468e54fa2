package io.ottla.wire.compiler;

import io.ottla.wire.compiler.FieldType.ArrayOf;
import io.ottla.wire.compiler.FieldType.Scalar;
import io.ottla.wire.compiler.FieldType.StructRef;

/** Writes the {@code write} method of a struct. */
final class WriteGenerator {

  private final StructModel struct;
  private final JavaSource java;

  private WriteGenerator(StructModel struct, JavaSource java) {
    this.struct = struct;
    this.java = java;
  }

  static void generate(StructModel struct, JavaSource java) {
    new WriteGenerator(struct, java).generate();
  }

  private void generate() {
    java.line("");
    if (struct.isMessage()) {
      java.line("@Override");
      java.line("public void write(ProtocolWriter out, short version) {");
    } else {
      java.line("void write(ProtocolWriter out, short version) {");
    }
    Versions.check(struct, java);
    Versions.flexible(struct, java);
    struct.fields().forEach(this::refuse);
    struct.fields().forEach(this::inline);
    taggedSection();
    java.line("}");
  }

  /** A value that this version has no place for, and that may not be dropped. */
  private void refuse(FieldModel field) {
    String present = field.isPresent();
    if (field.schema().ignorable() || present.equals("true")) {
      return;
    }
    String set = field.isSet();
    if (!present.equals("false")) {
      set = "!(" + present + ") && (" + set + ")";
    }
    java.line("if (%s) {", set);
    java.line("throw FieldValues.unsupported(\"%s\", version);", field.qualifiedName());
    java.line("}");
  }

  private void inline(FieldModel field) {
    String condition = field.isInline();
    if (condition.equals("false")) {
      return;
    }
    if (!condition.equals("true")) {
      java.line("if (%s) {", condition);
    }
    value(field, field.schema().versions(), false);
    if (!condition.equals("true")) {
      java.line("}");
    }
  }

  private void value(FieldModel field, VersionRange known, boolean tagged) {
    String compact = field.isCompact(known);
    switch (field.type()) {
      case Scalar scalar -> {
        String value = Nulls.checked(field, known);
        java.line("%s;", scalar(scalar, value, compact, field.schema().isNullable()));
      }
      case StructRef ref -> struct(field, ref, known, tagged);
      case ArrayOf array -> array(field, array, known, compact);
    }
  }

  private static String scalar(Scalar scalar, String value, String compact, boolean nullable) {
    String orNull = nullable ? "Nullable" : "";
    return switch (scalar) {
      case BOOL -> "out.writeBoolean(" + value + ")";
      case INT8 -> "out.writeByte(" + value + ")";
      case INT16 -> "out.writeShort(" + value + ")";
      case UINT16 -> "out.writeUnsignedShort(" + value + ")";
      case INT32 -> "out.writeInt(" + value + ")";
      case UINT32 -> "out.writeUnsignedInt(" + value + ")";
      case INT64 -> "out.writeLong(" + value + ")";
      case FLOAT64 -> "out.writeDouble(" + value + ")";
      case UUID -> "out.writeUuid(" + value + ")";
      case STRING -> "out.write" + orNull + "String(" + value + ", " + compact + ")";
      case BYTES -> "out.write" + orNull + "Bytes(" + value + ", " + compact + ")";
      case RECORDS -> "out.write" + orNull + "Records(" + value + ", " + compact + ")";
    };
  }

  private void struct(FieldModel field, StructRef ref, VersionRange known, boolean tagged) {
    String name = field.name();
    if (!field.schema().isNullable()) {
      java.line("FieldValues.orElse(this.%s, %s.UNSET).write(out, version);", name, ref.name());
      return;
    }
    String nullable = field.isNullable(known);
    if (nullable.equals("false")) {
      java.line("%s.write(out, version);", Nulls.checked(field, known));
      return;
    }
    if (nullable.equals("true")) {
      java.line("out.writePresence(this.%s != null, %s);", name, tagged);
    } else {
      java.line("if (%s) {", nullable);
      java.line("out.writePresence(this.%s != null, %s);", name, tagged);
      java.line("} else {");
      java.line("%s;", Nulls.check(field));
      java.line("}");
    }
    java.line("if (this.%s != null) {", name);
    java.line("this.%s.write(out, version);", name);
    java.line("}");
  }

  private void array(FieldModel field, ArrayOf array, VersionRange known, String compact) {
    String name = field.name();
    if (field.isLazy()) {
      java.line("out.writeArrayLength(FieldValues.count(this.%s), %s);", name, compact);
    } else {
      java.line("out.writeNullableArrayLength(%s, %s);", Nulls.checked(field, known), compact);
    }
    java.line("if (this.%s != null) {", name);
    java.line("for (%s element : this.%s) {", array.element().javaType(), name);
    switch (array.element()) {
      case Scalar scalar -> java.line("%s;", scalar(scalar, "element", compact, false));
      case StructRef ref -> java.line("element.write(out, version);");
      case ArrayOf inner -> throw new IllegalStateException("list of lists");
    }
    java.line("}").line("}");
  }

  private void taggedSection() {
    String flexible = struct.isFlexible();
    if (flexible.equals("false")) {
      refuseUnknown();
      return;
    }
    if (!flexible.equals("true")) {
      java.line("if (flexible) {");
    }
    if (struct.taggedFields().isEmpty()) {
      java.line("out.writeUnsignedVarint(FieldValues.count(this.unknownTaggedFields));");
      java.line("out.writeTaggedFields(this.unknownTaggedFields);");
    } else {
      java.line("int tags = FieldValues.count(this.unknownTaggedFields);");
      for (FieldModel field : struct.taggedFields()) {
        java.line("if (%s) {", SizeGenerator.isWritten(field));
        java.line("tags++;").line("}");
      }
      java.line("out.writeUnsignedVarint(tags);");
      struct.taggedFields().forEach(this::tagged);
      // Known tags start at 0 and leave none out, so all unknown ones come after them.
      java.line("out.writeTaggedFields(this.unknownTaggedFields);");
    }
    if (!flexible.equals("true")) {
      java.line("} else {");
      refuseUnknown();
      java.line("}");
    }
  }

  private void tagged(FieldModel field) {
    java.line("if (%s) {", SizeGenerator.isWritten(field));
    java.line("out.writeUnsignedVarint(%d);", field.tag());
    java.line("out.writeUnsignedVarint(%s);", SizeGenerator.taggedSize(field));
    value(field, field.schema().tagged(), true);
    java.line("}");
  }

  private void refuseUnknown() {
    java.line("if (FieldValues.count(this.unknownTaggedFields) > 0) {");
    java.line(
        "throw FieldValues.unsupported(\"%s: tagged fields\", version);", struct.qualifiedName());
    java.line("}");
  }
}
