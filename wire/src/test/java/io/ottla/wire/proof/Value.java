package io.ottla.wire.proof;

import io.ottla.wire.RawTaggedField;
import io.ottla.wire.compiler.FieldSchema;
import io.ottla.wire.compiler.StructSchema;
import java.util.List;
import java.util.Map;

/** Field values that belong to neither side's classes, to build one message of each from. */
final class Value {

  private Value() {}

  /**
   * A struct's values.
   *
   * @param fields values of the fields that are set; the others keep their defaults. Numbers are in
   *     the Java type of their size, uuids {@link io.ottla.wire.Uuid}, bytes and records byte
   *     arrays, lists lists, structs this type
   * @param unknown tagged fields the schema does not know
   */
  record Struct(
      StructSchema schema, Map<FieldSchema, Object> fields, List<RawTaggedField> unknown) {}
}
