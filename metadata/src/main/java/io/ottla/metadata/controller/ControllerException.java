package io.ottla.metadata.controller;

import io.ottla.wire.ErrorCode;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** A request was refused as a whole. */
public final class ControllerException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final ErrorCode error;

  /**
   * @param error what the protocol calls it
   * @param message what to tell the client
   */
  public ControllerException(ErrorCode error, String message) {
    this(error, message, null);
  }

  private ControllerException(ErrorCode error, String message, Throwable cause) {
    super(message, cause);
    this.error = error;
  }

  public ErrorCode error() {
    return error;
  }

  /** What a future of the controller failed with, out of the wrappings futures add. */
  public static ControllerException of(Throwable failure) {
    Throwable cause = failure;
    while (cause instanceof CompletionException || cause instanceof ExecutionException) {
      cause = cause.getCause();
    }
    return cause instanceof ControllerException known
        ? known
        : new ControllerException(ErrorCode.UNKNOWN_SERVER_ERROR, String.valueOf(cause), cause);
  }
}
