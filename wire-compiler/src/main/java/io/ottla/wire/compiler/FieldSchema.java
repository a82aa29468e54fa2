package io.ottla.wire.compiler;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * One field of a struct, as the schema states it.
 *
 * @param name the official name, starting with a capital
 * @param type what it holds
 * @param versions versions that have the field
 * @param nullable versions in which it may be null
 * @param tagged versions in which it travels in the tagged section
 * @param tag its tag, if {@code tagged} is not empty
 * @param defaultValue as written: a number, true, false, null or a quoted string; absent means the
 *     type's own (zero, false, empty)
 * @param ignorable whether a value may be dropped silently where the version lacks the field
 * @param mapKey whether it is (part of) what tells the elements of its list apart
 * @param entity what it names (topicName, brokerId, ...), if stated
 * @param flexible versions in which its length prefix is compact, if not the message's
 * @param line where in the file
 */
public record FieldSchema(
    String name,
    FieldType type,
    VersionRange versions,
    VersionRange nullable,
    VersionRange tagged,
    OptionalInt tag,
    Optional<String> defaultValue,
    boolean ignorable,
    boolean mapKey,
    Optional<String> entity,
    Optional<VersionRange> flexible,
    int line) {

  /** Whether it starts out as null. */
  public boolean defaultsToNull() {
    return defaultValue.isPresent() && defaultValue.get().equals("null");
  }

  /** Whether any version allows null. */
  public boolean isNullable() {
    return !nullable.isEmpty();
  }
}
