package io.ottla.wire.compiler;

import java.util.List;

/**
 * A named sequence of fields.
 *
 * @param name the official name; a message's own fields are a struct with the message's name
 * @param versions the message's versions in which it can appear
 * @param fields in the order they travel
 * @param shared whether it stands on its own in the schema, instead of in the field that uses it
 * @param line where in the file
 */
public record StructSchema(
    String name, VersionRange versions, List<FieldSchema> fields, boolean shared, int line) {}
