package io.ottla.wire;

/**
 * Bytes from outside do not form the message they claim to be. The one exception that decoding
 * throws, whatever the bytes; it carries no stack trace because peers can cause it at will.
 */
public final class MalformedMessageException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public MalformedMessageException(String message) {
    super(message, null, false, false);
  }
}
