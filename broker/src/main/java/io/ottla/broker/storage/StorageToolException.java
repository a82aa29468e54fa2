package io.ottla.broker.storage;

/** The tool cannot do what it was asked for; the message is all the operator needs. */
final class StorageToolException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  StorageToolException(String message) {
    super(message);
  }
}
