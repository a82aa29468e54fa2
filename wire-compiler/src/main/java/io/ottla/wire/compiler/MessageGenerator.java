package io.ottla.wire.compiler;

import io.ottla.wire.compiler.FieldType.Scalar;
import io.ottla.wire.compiler.FieldType.StructRef;
import java.util.HashSet;
import java.util.Set;

/** Writes the Java class of one message, its structs nested in it. */
final class MessageGenerator {

  private final MessageSchema message;
  private final JavaSource java = new JavaSource();
  private final Set<String> usedAlone = new HashSet<>();

  private MessageGenerator(MessageSchema message) {
    this.message = message;
  }

  static String generate(MessageSchema message) {
    return new MessageGenerator(message).generate();
  }

  private String generate() {
    collectStructsUsedAlone(message.body());
    message.structs().forEach(this::collectStructsUsedAlone);
    java.line("package io.ottla.wire.message;").line("");
    java.line("import io.ottla.wire.ApiMessage;");
    java.line("import io.ottla.wire.BufferRecords;");
    java.line("import io.ottla.wire.FieldValues;");
    java.line("import io.ottla.wire.ProtocolReader;");
    java.line("import io.ottla.wire.ProtocolWriter;");
    java.line("import io.ottla.wire.RawTaggedField;");
    java.line("import io.ottla.wire.Records;");
    java.line("import io.ottla.wire.UnsupportedVersionException;");
    java.line("import io.ottla.wire.Uuid;");
    java.line("import java.util.ArrayList;");
    java.line("import java.util.Arrays;");
    java.line("import java.util.List;");
    java.line("import java.util.Objects;");
    java.line("");
    java.line("/** Generated from %s.schema. */", message.name());
    java.line("@SuppressWarnings(\"all\")");
    java.line("public final class %s implements ApiMessage {", message.name());
    java.line("");
    java.line(
        "public static final short LOWEST_SUPPORTED_VERSION = %d;", message.versions().lowest());
    java.line(
        "public static final short HIGHEST_SUPPORTED_VERSION = %d;", message.versions().highest());
    members(new StructModel(message, message.body()));
    for (StructSchema struct : message.structs()) {
      java.line("");
      java.line("/** Part of {@link %s}. */", message.name());
      java.line("public static final class %s {", struct.name());
      members(new StructModel(message, struct));
      java.line("}");
    }
    java.line("}");
    return java.toString();
  }

  private void collectStructsUsedAlone(StructSchema struct) {
    for (FieldSchema field : struct.fields()) {
      if (field.type() instanceof StructRef ref) {
        usedAlone.add(ref.name());
      }
    }
  }

  private void members(StructModel struct) {
    java.line("");
    if (usedAlone.contains(struct.name())) {
      java.line("/** What a field of this type is as long as nobody sets it. Never changed. */");
      java.line("private static final %1$s UNSET = new %1$s();", struct.name()).line("");
    }
    for (FieldModel field : struct.fields()) {
      String initial = field.initialValue();
      java.line(
          "private %s %s%s;",
          field.javaType(), field.name(), initial == null ? "" : " = " + initial);
    }
    java.line("private List<RawTaggedField> unknownTaggedFields;");
    constructors(struct);
    struct.fields().forEach(field -> accessors(struct, field));
    unknownTaggedFields();
    if (struct.isMessage()) {
      apiMessage();
    }
    ReadGenerator.generate(struct, java);
    WriteGenerator.generate(struct, java);
    SizeGenerator.generate(struct, java);
    equality(struct);
    hash(struct);
    text(struct);
  }

  private void constructors(StructModel struct) {
    java.line("").line("public %s() {}", struct.name());
    if (!struct.isMessage()) {
      java.line("").line("private %s(ProtocolReader in, short version) {", struct.name());
      java.line("read(in, version);").line("}");
    }
  }

  private void accessors(StructModel struct, FieldModel field) {
    String name = field.name();
    java.line("").line("public %s %s() {", field.javaType(), name);
    if (field.isLazy()) {
      java.line("if (this.%s == null) {", name);
      java.line("this.%s = new %s();", name, field.isArray() ? "ArrayList<>" : field.javaType());
      java.line("}");
    }
    java.line("return this.%s;", name).line("}");
    java.line("").line("public %s %s(%s v) {", struct.name(), name, field.javaType());
    java.line("this.%s = v;", name).line("return this;").line("}");
  }

  private void unknownTaggedFields() {
    java.line("");
    java.line("/** Tagged fields that were read and that the schema does not know, by tag. */");
    java.line("public List<RawTaggedField> unknownTaggedFields() {");
    java.line("if (this.unknownTaggedFields == null) {");
    java.line("this.unknownTaggedFields = new ArrayList<>();").line("}");
    java.line("return this.unknownTaggedFields;").line("}");
  }

  private void apiMessage() {
    boolean keyed = message.key().isPresent();
    java.line("").line("@Override").line("public short apiKey() {");
    java.line("return %d;", keyed ? message.key().getAsInt() : -1).line("}");
    java.line("").line("@Override").line("public short lowestSupportedVersion() {");
    java.line("return LOWEST_SUPPORTED_VERSION;").line("}");
    java.line("").line("@Override").line("public short highestSupportedVersion() {");
    java.line("return HIGHEST_SUPPORTED_VERSION;").line("}");
  }

  private void equality(StructModel struct) {
    java.line("").line("@Override").line("public boolean equals(Object object) {");
    java.line("if (this == object) {").line("return true;").line("}");
    java.line("return object instanceof %s other", struct.name());
    for (FieldModel field : struct.fields()) {
      java.line("    && %s", equal(field));
    }
    java.line("    && FieldValues.equal(this.unknownTaggedFields, other.unknownTaggedFields);");
    java.line("}");
  }

  private static String equal(FieldModel field) {
    String ours = "this." + field.name();
    String theirs = "other." + field.name();
    if (field.type() instanceof Scalar scalar && scalar.isPrimitive()) {
      return scalar == Scalar.FLOAT64
          ? "Double.compare(" + ours + ", " + theirs + ") == 0"
          : ours + " == " + theirs;
    }
    if (field.type() == Scalar.BYTES) {
      return "Arrays.equals(" + ours + ", " + theirs + ")";
    }
    if (field.isLazy() && field.isArray()) {
      return "FieldValues.equal(" + ours + ", " + theirs + ")";
    }
    if (field.isLazy()) {
      String unset = field.javaType() + ".UNSET";
      return "FieldValues.orElse("
          + ours
          + ", "
          + unset
          + ").equals(FieldValues.orElse("
          + theirs
          + ", "
          + unset
          + "))";
    }
    return "Objects.equals(" + ours + ", " + theirs + ")";
  }

  private void hash(StructModel struct) {
    java.line("").line("@Override").line("public int hashCode() {");
    java.line("int hash = FieldValues.hash(this.unknownTaggedFields);");
    for (FieldModel field : struct.fields()) {
      java.line("hash = 31 * hash + %s;", hash(field));
    }
    java.line("return hash;").line("}");
  }

  private static String hash(FieldModel field) {
    String value = "this." + field.name();
    if (field.type() instanceof Scalar scalar && scalar.isPrimitive()) {
      return Character.toUpperCase(scalar.boxedType().charAt(0))
          + scalar.boxedType().substring(1)
          + ".hashCode("
          + value
          + ")";
    }
    if (field.type() == Scalar.BYTES) {
      return "Arrays.hashCode(" + value + ")";
    }
    if (field.isLazy() && field.isArray()) {
      return "FieldValues.hash(" + value + ")";
    }
    if (field.isLazy()) {
      return "FieldValues.orElse(" + value + ", " + field.javaType() + ".UNSET).hashCode()";
    }
    return "Objects.hashCode(" + value + ")";
  }

  private void text(StructModel struct) {
    java.line("").line("@Override").line("public String toString() {");
    java.line("StringBuilder text = new StringBuilder(\"%s(\");", struct.name());
    boolean first = true;
    for (FieldModel field : struct.fields()) {
      String value = "this." + field.name();
      if (field.isLazy() && field.isStruct()) {
        value = "FieldValues.orElse(" + value + ", " + field.javaType() + ".UNSET)";
      } else if (field.isLazy()) {
        value = "FieldValues.orEmpty(" + value + ")";
      }
      java.line("text.append(\"%s%s=\");", first ? "" : ", ", field.name());
      java.line("FieldValues.show(text, %s);", value);
      first = false;
    }
    java.line("FieldValues.showUnknown(text, this.unknownTaggedFields);");
    java.line("return text.append(')').toString();").line("}");
  }
}
