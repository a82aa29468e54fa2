package io.ottla.log;

import io.ottla.wire.ErrorCode;

/**
 * The log says no: a request that does not fit its state, or a disk that does not do its work
 * ({@link ErrorCode#KAFKA_STORAGE_ERROR}). Carries the code that goes back to the client.
 */
public final class LogException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final ErrorCode error;

  public LogException(ErrorCode error, String message) {
    super(message);
    this.error = error;
  }

  public LogException(ErrorCode error, String message, Throwable cause) {
    super(message, cause);
    this.error = error;
  }

  /** The disk failed us: what was tried, and why it did not work. */
  public static LogException storage(String what, Throwable cause) {
    return new LogException(ErrorCode.KAFKA_STORAGE_ERROR, what + ": " + cause.getMessage(), cause);
  }

  public ErrorCode error() {
    return error;
  }
}
