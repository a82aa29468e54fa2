package io.ottla.coordinator;

import io.ottla.wire.ErrorCode;
import java.util.Objects;

/**
 * An operation refused: thrown by it before it changed anything, answered with its code. Carries no
 * stack: it is an answer, not a bug.
 */
public final class CoordinatorException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final ErrorCode error;

  public CoordinatorException(ErrorCode error) {
    this(error, error.message());
  }

  /**
   * @param message what the client is told, where the response has room for it
   */
  public CoordinatorException(ErrorCode error, String message) {
    super(message, null, false, false);
    this.error = Objects.requireNonNull(error, "error");
  }

  public ErrorCode error() {
    return error;
  }
}
