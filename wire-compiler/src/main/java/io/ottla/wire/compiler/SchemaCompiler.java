package io.ottla.wire.compiler;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Compiles a directory of schema files into a directory of Java sources. */
public final class SchemaCompiler {

  private static final String SUFFIX = ".schema";

  private SchemaCompiler() {}

  /** Takes two arguments: where the schemas are, and where the Java goes. */
  public static void main(String[] args) throws IOException {
    if (args.length != 2) {
      System.err.println("usage: SchemaCompiler <directory of schemas> <directory for Java>");
      System.exit(2);
    }
    try {
      compile(Path.of(args[0]), Path.of(args[1]));
    } catch (SchemaException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }

  /**
   * Compiles. Files whose content would not change are left alone, so that javac need not run
   * again; Java files that no schema asks for any more are deleted.
   *
   * @throws SchemaException if a schema is wrong
   */
  public static void compile(Path schemas, Path target) throws IOException {
    List<MessageSchema> messages = load(schemas);
    SourceDirectory sources = new SourceDirectory(target);
    for (MessageSchema message : messages) {
      sources.write(
          "io/ottla/wire/message/" + message.name() + ".java", MessageGenerator.generate(message));
    }
    sources.write("io/ottla/wire/ApiKey.java", ApiKeyGenerator.generate(messages));
    sources.deleteOthers();
  }

  /**
   * Reads and checks all schema files of a directory, in the order of their names.
   *
   * @throws SchemaException if one is wrong
   */
  public static List<MessageSchema> load(Path schemas) throws IOException {
    List<Path> files;
    try (Stream<Path> listing = Files.list(schemas)) {
      files = listing.filter(f -> f.toString().endsWith(SUFFIX)).sorted().toList();
    }
    List<MessageSchema> messages = new ArrayList<>();
    for (Path file : files) {
      MessageSchema message = SchemaParser.parse(file, Files.readString(file));
      SchemaValidator.validate(message);
      messages.add(message);
    }
    SchemaValidator.validateTogether(messages);
    return messages;
  }
}
