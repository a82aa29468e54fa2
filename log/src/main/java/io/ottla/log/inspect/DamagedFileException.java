package io.ottla.log.inspect;

import java.io.IOException;

/** A file is not what its name says. The message is the rest of a sentence about the file. */
final class DamagedFileException extends IOException {

  private static final long serialVersionUID = 1L;

  DamagedFileException(String message) {
    super(message);
  }
}
