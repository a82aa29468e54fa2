package io.ottla.wire.compiler;

import io.ottla.wire.compiler.MessageSchema.Kind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Reads one schema file. The language is line by line: a header that opens the message, one field
 * or struct per line, braces around nested fields. The grammar is in docs/format/schema.md.
 *
 * <p>Finds what is wrong with the text; what is wrong with the meaning is {@link
 * SchemaValidator}'s.
 */
public final class SchemaParser {

  private final Path file;
  private final String[] lines;
  private final List<StructSchema> structs = new ArrayList<>();
  private int at;

  private SchemaParser(Path file, String text) {
    this.file = file;
    this.lines = text.split("\n", -1);
  }

  /**
   * Reads the text of one file.
   *
   * @throws SchemaException if the text is not in the language
   */
  public static MessageSchema parse(Path file, String text) {
    return new SchemaParser(file, text).message();
  }

  private MessageSchema message() {
    Words header = nextLine();
    if (header == null) {
      throw new SchemaException(file, 1, "the file is empty");
    }
    Kind kind = kind(header);
    String name = name(header, "a message");
    OptionalInt key = OptionalInt.empty();
    VersionRange versions = null;
    VersionRange flexible = null;
    VersionRange since44 = VersionRange.NONE;
    List<String> listeners = List.of();
    boolean unstable = false;
    while (!header.nextIs("{")) {
      String clause = header.next("'{'");
      switch (clause) {
        case "key" -> key = OptionalInt.of(number(header));
        case "versions" -> versions = range(header);
        case "flexible" -> flexible = range(header);
        case "listeners" -> listeners = Arrays.asList(header.next("listeners").split(",", -1));
        case "unstable" -> unstable = true;
        case "since-4.4" -> since44 = range(header);
        default -> throw header.wrong("unknown clause '" + clause + "' in the header");
      }
    }
    header.end();
    if (versions == null || flexible == null) {
      throw header.wrong("the header must state 'versions' and 'flexible'");
    }
    List<FieldSchema> fields = fields(versions, true);
    Words rest = nextLine();
    if (rest != null) {
      throw rest.wrong("nothing may follow the message");
    }
    StructSchema body = new StructSchema(name, versions, fields, false, header.line);
    return new MessageSchema(
        file, kind, key, versions, flexible, listeners, unstable, since44, body, structs);
  }

  private static Kind kind(Words header) {
    String word = header.next("the kind of message");
    for (Kind kind : Kind.values()) {
      if (kind.name().toLowerCase(Locale.ROOT).replace('_', '-').equals(word)) {
        return kind;
      }
    }
    throw header.wrong("'" + word + "' is not a kind of message");
  }

  /** Reads up to and including the closing brace. */
  private List<FieldSchema> fields(VersionRange within, boolean top) {
    int opened = at;
    List<FieldSchema> fields = new ArrayList<>();
    while (true) {
      Words line = nextLine();
      if (line == null) {
        throw new SchemaException(file, opened, "this brace is never closed");
      }
      if (line.nextIs("}")) {
        line.end();
        return fields;
      }
      if (line.nextIs("struct")) {
        if (!top) {
          throw line.wrong("structs can only be defined at the top of a message");
        }
        struct(line);
      } else {
        fields.add(field(line, within));
      }
    }
  }

  private void struct(Words line) {
    String name = name(line, "a struct");
    VersionRange versions = range(line);
    if (!line.nextIs("{")) {
      throw line.wrong("expected '{'");
    }
    line.end();
    int slot = structs.size();
    List<FieldSchema> fields = fields(versions, false);
    structs.add(slot, new StructSchema(name, versions, fields, true, line.line));
  }

  private FieldSchema field(Words line, VersionRange within) {
    String name = name(line, "a field");
    FieldType type = type(line);
    VersionRange versions = range(line);
    VersionRange nullable = VersionRange.NONE;
    VersionRange tagged = VersionRange.NONE;
    OptionalInt tag = OptionalInt.empty();
    Optional<String> defaultValue = Optional.empty();
    boolean ignorable = false;
    boolean mapKey = false;
    Optional<String> entity = Optional.empty();
    Optional<VersionRange> flexible = Optional.empty();
    while (!line.isAtEnd()) {
      if (line.nextIs("{")) {
        inlineStruct(line, type, versions.intersect(within));
        break;
      }
      String clause = line.next("a clause");
      switch (clause) {
        case "nullable" -> nullable = range(line);
        case "tagged" -> tagged = range(line);
        case "tag" -> tag = OptionalInt.of(number(line));
        case "default" -> defaultValue = Optional.of(line.next("a value"));
        case "ignorable" -> ignorable = true;
        case "key" -> mapKey = true;
        case "entity" -> entity = Optional.of(line.next("an entity"));
        case "flexible" -> flexible = Optional.of(range(line));
        default -> throw line.wrong("unknown clause '" + clause + "' of field " + name);
      }
    }
    return new FieldSchema(
        name,
        type,
        versions,
        nullable,
        tagged,
        tag,
        defaultValue,
        ignorable,
        mapKey,
        entity,
        flexible,
        line.line);
  }

  private void inlineStruct(Words line, FieldType type, VersionRange versions) {
    line.end();
    FieldType element = type instanceof FieldType.ArrayOf array ? array.element() : type;
    if (!(element instanceof FieldType.StructRef struct)) {
      throw line.wrong("a " + element + " has no fields of its own");
    }
    int slot = structs.size();
    List<FieldSchema> fields = fields(versions, false);
    structs.add(slot, new StructSchema(struct.name(), versions, fields, false, line.line));
  }

  private static String name(Words line, String of) {
    String name = line.next("the name of " + of);
    boolean valid = Character.isUpperCase(name.charAt(0));
    for (int i = 1; i < name.length(); i++) {
      valid &= Character.isLetterOrDigit(name.charAt(i));
    }
    if (!valid) {
      throw line.wrong("'" + name + "' is not a name: letters and digits, a capital first");
    }
    return name;
  }

  private static FieldType type(Words line) {
    try {
      return FieldType.parse(line.next("a type"));
    } catch (IllegalArgumentException e) {
      throw line.wrong(e.getMessage());
    }
  }

  private static VersionRange range(Words line) {
    try {
      return VersionRange.parse(line.next("versions"));
    } catch (IllegalArgumentException e) {
      throw line.wrong(e.getMessage());
    }
  }

  private static int number(Words line) {
    String word = line.next("a number");
    try {
      return Integer.parseInt(word);
    } catch (NumberFormatException e) {
      throw line.wrong("'" + word + "' is not a number");
    }
  }

  /** The next line with something on it, or null at the end. */
  private Words nextLine() {
    while (at < lines.length) {
      String line = lines[at++];
      int comment = line.indexOf('#');
      String text = (comment < 0 ? line : line.substring(0, comment)).strip();
      if (!text.isEmpty()) {
        return new Words(file, at, text.split("\\s+"));
      }
    }
    return null;
  }

  /** The words of one line, taken from left to right. */
  private static final class Words {
    private final Path file;
    private final int line;
    private final String[] words;
    private int at;

    Words(Path file, int line, String[] words) {
      this.file = file;
      this.line = line;
      this.words = words;
    }

    boolean isAtEnd() {
      return at == words.length;
    }

    String next(String expected) {
      if (isAtEnd()) {
        throw wrong("expected " + expected + " at the end of the line");
      }
      return words[at++];
    }

    /** Takes the next word if it is this one. */
    boolean nextIs(String word) {
      if (!isAtEnd() && words[at].equals(word)) {
        at++;
        return true;
      }
      return false;
    }

    void end() {
      if (!isAtEnd()) {
        throw wrong("unexpected '" + words[at] + "'");
      }
    }

    SchemaException wrong(String problem) {
      return new SchemaException(file, line, problem);
    }
  }
}
