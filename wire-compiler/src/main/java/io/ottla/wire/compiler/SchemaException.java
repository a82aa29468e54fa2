package io.ottla.wire.compiler;

import java.nio.file.Path;

/** A schema file is wrong. The message starts with the file and the line. */
public final class SchemaException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public SchemaException(Path file, int line, String problem) {
    super(file.getFileName() + ":" + line + ": " + problem);
  }
}
