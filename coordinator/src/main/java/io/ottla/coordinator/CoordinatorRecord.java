package io.ottla.coordinator;

import io.ottla.wire.ApiMessage;
import java.util.Objects;

/**
 * One record of an internal topic.
 *
 * <p>On disk the key is the record's type (two bytes) and then the key message in its only version;
 * the value is its version (two bytes) and then the value message. {@link CoordinatorRecordCodec}
 * writes them.
 *
 * @param type what the key and value are; leads the bytes of the key
 * @param key the key message, written in version 0
 * @param value the value, or null for a tombstone
 */
public record CoordinatorRecord(short type, ApiMessage key, ApiMessageAndVersion value) {

  public CoordinatorRecord {
    Objects.requireNonNull(key, "key");
  }

  /** A record that removes what the key names. */
  public static CoordinatorRecord tombstone(short type, ApiMessage key) {
    return new CoordinatorRecord(type, key, null);
  }

  public boolean isTombstone() {
    return value == null;
  }
}
