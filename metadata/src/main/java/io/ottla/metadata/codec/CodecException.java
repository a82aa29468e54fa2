package io.ottla.metadata.codec;

/**
 * Bytes that are not what they claim to be (cut, altered, or of a version this software does not
 * know), or a value that cannot be written within its limit.
 */
public class CodecException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public CodecException(String message) {
    super(message);
  }

  public CodecException(String message, Throwable cause) {
    super(message, cause);
  }
}
