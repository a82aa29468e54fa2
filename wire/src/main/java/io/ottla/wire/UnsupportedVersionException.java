package io.ottla.wire;

/** A message was asked for in a version it does not have, or with a field that version lacks. */
public final class UnsupportedVersionException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public UnsupportedVersionException(String message) {
    super(message);
  }
}
