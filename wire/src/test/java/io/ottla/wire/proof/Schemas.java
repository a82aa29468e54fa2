package io.ottla.wire.proof;

import io.ottla.wire.compiler.MessageSchema;
import io.ottla.wire.compiler.SchemaCompiler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;

/** Our schemas, as the compiler reads them. */
final class Schemas {

  static final List<MessageSchema> ALL = load();

  private Schemas() {}

  private static List<MessageSchema> load() {
    try {
      return SchemaCompiler.load(
          Path.of(System.getProperty("basedir", "."), "src", "main", "schema"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static MessageSchema named(String name) {
    return ALL.stream().filter(message -> message.name().equals(name)).findFirst().orElseThrow();
  }
}
