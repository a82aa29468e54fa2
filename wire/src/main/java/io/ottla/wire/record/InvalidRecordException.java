package io.ottla.wire.record;

/**
 * Record bytes are not what they claim to be: damaged, cut off, over a limit, or against a rule of
 * the format. The one exception that reading records throws, whatever the bytes; it carries no
 * stack trace because producers can cause it at will. Answered with {@link
 * io.ottla.wire.ErrorCode#INVALID_RECORD} unless the one who catches it knows better.
 */
public final class InvalidRecordException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public InvalidRecordException(String message) {
    super(message, null, false, false);
  }
}
