package io.ottla.broker.admin;

import io.ottla.wire.ErrorCode;

/** One part of a request cannot be done; the others may. Stays inside this package. */
final class RefusedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final ErrorCode error;

  RefusedException(ErrorCode error, String message) {
    super(message, null, false, false);
    this.error = error;
  }

  ErrorCode error() {
    return error;
  }
}
