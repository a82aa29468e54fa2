package io.ottla.broker.peer;

import io.ottla.wire.ErrorCode;

/** A request to another node that got no answer. Has no stack trace: it says what happened. */
public final class PeerException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** Why there is no answer. */
  public enum Reason {
    /** There was no connection; the request was never sent. */
    UNREACHABLE,
    /** The connection was lost after the request was sent. */
    LOST,
    /** No answer came in time. */
    TIMED_OUT,
    /** The other node does not know the API, or no version of it that this node speaks. */
    UNSUPPORTED,
    /** What was to be sent cannot be written, or what came cannot be read. */
    MALFORMED,
    /** Too many requests wait for this connection. */
    BUSY,
    /** This side has closed the connection for good. */
    CLOSED
  }

  private final Reason reason;

  public PeerException(Reason reason, String message) {
    super(message, null, false, false);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }

  /** What the protocol calls it. */
  public ErrorCode error() {
    return switch (reason) {
      case UNREACHABLE, LOST, CLOSED -> ErrorCode.NETWORK_EXCEPTION;
      case TIMED_OUT, BUSY -> ErrorCode.REQUEST_TIMED_OUT;
      case UNSUPPORTED -> ErrorCode.UNSUPPORTED_VERSION;
      case MALFORMED -> ErrorCode.UNKNOWN_SERVER_ERROR;
    };
  }
}
