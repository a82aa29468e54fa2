package io.ottla.log;

import io.ottla.wire.ErrorCode;
import java.io.IOException;

/**
 * The log says no: a request that does not fit its state, or a disk that does not do its work
 * ({@link ErrorCode#KAFKA_STORAGE_ERROR}). Carries the code that goes back to the client.
 */
public final class LogException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final ErrorCode error;
  private final boolean passing;

  public LogException(ErrorCode error, String message) {
    super(message);
    this.error = error;
    this.passing = false;
  }

  public LogException(ErrorCode error, String message, Throwable cause) {
    this(error, message, cause, false);
  }

  private LogException(ErrorCode error, String message, Throwable cause, boolean passing) {
    super(message, cause);
    this.error = error;
    this.passing = passing;
  }

  /** The disk failed us: what was tried, and why it did not work. */
  public static LogException storage(String what, Throwable cause) {
    return new LogException(ErrorCode.KAFKA_STORAGE_ERROR, what + ": " + cause.getMessage(), cause);
  }

  /** As {@link #storage}, of what leaves nothing in doubt and may be tried again. */
  static LogException passing(String what, Throwable cause) {
    return new LogException(
        ErrorCode.KAFKA_STORAGE_ERROR, what + ": " + cause.getMessage(), cause, true);
  }

  /** Whether nothing is in doubt, and the same may be tried again. */
  public boolean isPassing() {
    return passing;
  }

  /** Whether the disk said that it has no room. */
  public boolean saysNoSpace() {
    return saysNoSpace(this);
  }

  /** Whether this process had as many files open as it may: nothing is wrong with the disk. */
  public boolean saysNoHandles() {
    return FileHandles.wereUsedUp(this);
  }

  static boolean saysNoSpace(Throwable cause) {
    for (Throwable it = cause; it != null; it = it.getCause()) {
      String message = String.valueOf(it.getMessage());
      if (it instanceof IOException
          && (message.contains("No space left on device")
              || message.contains("Disk quota exceeded"))) {
        return true;
      }
    }
    return false;
  }

  public ErrorCode error() {
    return error;
  }
}
