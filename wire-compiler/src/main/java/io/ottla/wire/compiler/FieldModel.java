package io.ottla.wire.compiler;

import io.ottla.wire.compiler.FieldType.ArrayOf;
import io.ottla.wire.compiler.FieldType.Scalar;
import io.ottla.wire.compiler.FieldType.StructRef;
import java.util.Set;
import javax.lang.model.SourceVersion;

/**
 * A field as the generated Java sees it: its names there, and in which of the struct's versions it
 * is what.
 *
 * <p>An array that is never null is held as null while it is empty, and a struct that is never null
 * while it is as new; the accessor makes the object when somebody asks. So decoding a message makes
 * no objects for what is not there.
 */
final class FieldModel {

  /** Methods the class has anyway. Those with parameters can share a name with an accessor. */
  private static final Set<String> TAKEN =
      Set.of(
          "apiKey",
          "clone",
          "finalize",
          "getClass",
          "hashCode",
          "highestSupportedVersion",
          "lowestSupportedVersion",
          "notify",
          "notifyAll",
          "size",
          "toString",
          "unknownTaggedFields",
          "wait");

  private final FieldSchema schema;
  private final StructModel owner;

  FieldModel(FieldSchema schema, StructModel owner) {
    this.schema = schema;
    this.owner = owner;
  }

  FieldSchema schema() {
    return schema;
  }

  FieldType type() {
    return schema.type();
  }

  String javaType() {
    return schema.type().javaType();
  }

  /** Name of the Java field, its accessor and its setter. */
  String name() {
    String official = schema.name();
    String name = Character.toLowerCase(official.charAt(0)) + official.substring(1);
    // Only messages have an API key of their own.
    boolean taken = TAKEN.contains(name) && (owner.isMessage() || !name.equals("apiKey"));
    return taken || SourceVersion.isKeyword(name) ? name + "_" : name;
  }

  /** What error messages call it. */
  String qualifiedName() {
    return owner.qualifiedName() + "." + schema.name();
  }

  boolean isArray() {
    return schema.type() instanceof ArrayOf;
  }

  boolean isStruct() {
    return schema.type() instanceof StructRef;
  }

  /** Whether null in the Java field stands for empty (an array) or as new (a struct). */
  boolean isLazy() {
    return (isArray() || isStruct()) && !schema.isNullable();
  }

  boolean isTagged() {
    return !schema.tagged().isEmpty();
  }

  int tag() {
    return schema.tag().getAsInt();
  }

  /** Java condition: the version has the field. */
  String isPresent() {
    return owner.condition(schema.versions());
  }

  /** Java condition: the version has the field in the tagged section. */
  String isInTaggedSection() {
    return owner.condition(schema.tagged());
  }

  /** Java condition, given that the version is among the known ones: it may be null. */
  String isNullable(VersionRange known) {
    return owner.condition(schema.nullable(), known);
  }

  /** Java condition, given that the version is among the known ones: its length is a varint. */
  String isCompact(VersionRange known) {
    if (schema.flexible().isPresent()) {
      return owner.condition(schema.flexible().get(), known);
    }
    String condition = owner.condition(owner.message().flexible(), known);
    return condition.equals("true") || condition.equals("false") ? condition : "flexible";
  }

  /** Java condition: the version has the field, and not in the tagged section. */
  String isInline() {
    String present = isPresent();
    String tagged = isInTaggedSection();
    if (tagged.equals("false") || present.equals("false")) {
      return present;
    }
    if (tagged.equals("true") || tagged.equals(present)) {
      return "false";
    }
    return present.equals("true") ? "!(" + tagged + ")" : present + " && !(" + tagged + ")";
  }

  /** Java expression for the default, or null if the Java field's own initial value is it. */
  String initialValue() {
    String value = schema.defaultValue().orElse(null);
    if (isLazy() || schema.defaultsToNull()) {
      return null;
    }
    return switch (schema.type()) {
      case ArrayOf array -> "new ArrayList<>(0)";
      case StructRef struct -> "new " + struct.name() + "()";
      case Scalar scalar -> scalarValue(scalar, value);
    };
  }

  private static String scalarValue(Scalar scalar, String value) {
    return switch (scalar) {
      case BOOL -> "true".equals(value) ? "true" : null;
      case INT8, INT16, UINT16, INT32, UINT32, INT64 -> number(scalar, value);
      case FLOAT64 -> value == null ? null : value + "d";
      case UUID -> "Uuid.ZERO";
      case STRING -> value == null ? "\"\"" : value;
      case BYTES -> "FieldValues.NO_BYTES";
      case RECORDS -> "BufferRecords.EMPTY";
    };
  }

  private static String number(Scalar scalar, String value) {
    if (value == null || Long.decode(value) == 0) {
      return null;
    }
    long number = Long.decode(value);
    return scalar.size() == 8 || scalar == Scalar.UINT32 ? number + "L" : Long.toString(number);
  }

  /** Java expression for the default, written so that it can be assigned. */
  String defaultExpression() {
    String initial = initialValue();
    if (initial != null) {
      return initial;
    }
    if (schema.type() instanceof Scalar scalar && scalar.isPrimitive()) {
      return scalar == Scalar.BOOL ? "false" : scalar == Scalar.FLOAT64 ? "0d" : "0";
    }
    return "null";
  }

  /** Java condition: the value is not the default. */
  String isSet() {
    String name = "this." + name();
    return switch (schema.type()) {
      case ArrayOf array ->
          schema.defaultsToNull()
              ? name + " != null"
              : schema.isNullable()
                  ? name + " == null || !" + name + ".isEmpty()"
                  : name + " != null && !" + name + ".isEmpty()";
      case StructRef struct ->
          schema.defaultsToNull()
              ? name + " != null"
              : schema.isNullable()
                  ? name + " == null || !" + name + ".equals(" + struct.name() + ".UNSET)"
                  : name + " != null && !" + name + ".equals(" + struct.name() + ".UNSET)";
      case Scalar scalar -> isScalarSet(scalar, name);
    };
  }

  private String isScalarSet(Scalar scalar, String name) {
    if (scalar.mayBeNull() && schema.defaultsToNull()) {
      return name + " != null";
    }
    return switch (scalar) {
      case BOOL -> initialValue() == null ? name : "!" + name;
      case INT8, INT16, UINT16, INT32, UINT32, INT64 -> name + " != " + defaultExpression();
      case FLOAT64 -> "Double.compare(" + name + ", " + defaultExpression() + ") != 0";
      case UUID, STRING -> "!" + defaultExpression() + ".equals(" + name + ")";
      case BYTES -> name + " == null || " + name + ".length > 0";
      case RECORDS -> name + " == null || " + name + ".sizeInBytes() > 0";
    };
  }
}
