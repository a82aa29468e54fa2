package io.ottla.wire.proof;

import io.ottla.wire.ApiKey;
import io.ottla.wire.compiler.MessageSchema;
import io.ottla.wire.compiler.SchemaCompiler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;

/** Our schemas, as the compiler reads them: those of Kafka's messages, and those of our own. */
final class Schemas {

  private static final List<MessageSchema> EVERY = load();

  /** Messages between our own nodes, of which Kafka knows nothing. */
  static final List<MessageSchema> PRIVATE = EVERY.stream().filter(Schemas::isPrivate).toList();

  /** Records of Kafka's own metadata log. */
  static final List<MessageSchema> METADATA = EVERY.stream().filter(Schemas::isMetadata).toList();

  /** All others: each must be Kafka's. */
  static final List<MessageSchema> ALL =
      EVERY.stream().filter(message -> !isPrivate(message) && !isMetadata(message)).toList();

  private Schemas() {}

  private static List<MessageSchema> load() {
    try {
      return SchemaCompiler.load(
          Path.of(System.getProperty("basedir", "."), "src", "main", "schema"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Only requests and responses can be ours; a key alone would also fit a record's type. */
  private static boolean isPrivate(MessageSchema message) {
    return (message.kind() == MessageSchema.Kind.REQUEST
            || message.kind() == MessageSchema.Kind.RESPONSE)
        && message.key().getAsInt() >= ApiKey.FIRST_PRIVATE_ID;
  }

  private static boolean isMetadata(MessageSchema message) {
    return message.kind() == MessageSchema.Kind.METADATA;
  }

  static MessageSchema named(String name) {
    return EVERY.stream().filter(message -> message.name().equals(name)).findFirst().orElseThrow();
  }
}
