package io.ottla.metadata.codec;

/** What was to be written does not fit the limit of its frame. */
public final class TooLargeException extends CodecException {

  private static final long serialVersionUID = 1L;

  public TooLargeException(String message) {
    super(message);
  }
}
