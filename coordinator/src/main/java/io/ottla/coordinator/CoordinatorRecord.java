package io.ottla.coordinator;

import io.ottla.wire.ApiMessage;
import java.util.Objects;

/**
 * One record of an internal topic.
 *
 * <p>On disk the key is the record's type (two bytes) and then the key message in its only version,
 * 0; the value is its version (two bytes) and then the value message. {@link
 * CoordinatorRecordCodec} writes them.
 *
 * @param key the key; its {@link ApiMessage#apiKey} is the record's type
 * @param value the value, or null for a tombstone
 */
public record CoordinatorRecord(ApiMessage key, ApiMessageAndVersion value) {

  public CoordinatorRecord {
    Objects.requireNonNull(key, "key");
  }

  public static CoordinatorRecord of(ApiMessage key, ApiMessage value, short valueVersion) {
    return new CoordinatorRecord(key, new ApiMessageAndVersion(value, valueVersion));
  }

  /** A record that removes what the key names. */
  public static CoordinatorRecord tombstone(ApiMessage key) {
    return new CoordinatorRecord(key, null);
  }

  /** What key and value are, as the topic numbers it. */
  public short type() {
    return key.apiKey();
  }

  public boolean isTombstone() {
    return value == null;
  }
}
