package io.ottla.wire.compiler;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;

/**
 * One schema file.
 *
 * @param file where it was read from, for error messages
 * @param kind what the message is
 * @param key API key of a request or response, record type of a key or value of an internal topic,
 *     or of a record of the metadata log
 * @param versions versions that exist
 * @param flexible versions with compact lengths and tagged fields
 * @param listeners who answers the request: {@code broker}, {@code controller}
 * @param latestVersionUnstable whether the last version is still being worked on
 * @param since44 versions that Kafka 4.3 does not have and 4.4 does
 * @param body the message's own fields
 * @param structs all structs that fields refer to
 */
public record MessageSchema(
    Path file,
    Kind kind,
    OptionalInt key,
    VersionRange versions,
    VersionRange flexible,
    List<String> listeners,
    boolean latestVersionUnstable,
    VersionRange since44,
    StructSchema body,
    List<StructSchema> structs) {

  /** What a message is. The schema language writes the names in lower case with dashes. */
  public enum Kind {
    REQUEST,
    RESPONSE,
    HEADER,
    DATA,
    COORDINATOR_KEY,
    COORDINATOR_VALUE,
    METADATA
  }

  public String name() {
    return body.name();
  }

  /** The struct of that name, or null. */
  public StructSchema struct(String name) {
    for (StructSchema struct : structs) {
      if (struct.name().equals(name)) {
        return struct;
      }
    }
    return null;
  }
}
