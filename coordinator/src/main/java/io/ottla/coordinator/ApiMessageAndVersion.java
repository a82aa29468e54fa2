package io.ottla.coordinator;

import io.ottla.wire.ApiMessage;
import java.util.Objects;

/**
 * A message and the version it is to be written in.
 *
 * @param message the message; not changed once it is in a record
 * @param version a version the message supports
 */
public record ApiMessageAndVersion(ApiMessage message, short version) {

  public ApiMessageAndVersion {
    Objects.requireNonNull(message, "message");
  }
}
