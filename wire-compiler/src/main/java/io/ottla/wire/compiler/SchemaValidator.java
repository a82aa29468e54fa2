package io.ottla.wire.compiler;

import io.ottla.wire.compiler.FieldType.ArrayOf;
import io.ottla.wire.compiler.FieldType.Scalar;
import io.ottla.wire.compiler.FieldType.StructRef;
import io.ottla.wire.compiler.MessageSchema.Kind;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Finds schemas that are well written and make no sense, or no Java. */
public final class SchemaValidator {

  /** Names that generated classes import or inherit, and so cannot give to a struct. */
  private static final Set<String> TAKEN_TYPES =
      Set.of(
          "ApiMessage",
          "ArrayList",
          "Arrays",
          "Boolean",
          "Byte",
          "Double",
          "FieldValues",
          "Integer",
          "List",
          "Long",
          "Object",
          "Objects",
          "Override",
          "ProtocolReader",
          "ProtocolWriter",
          "RawTaggedField",
          "Records",
          "Short",
          "String",
          "Uuid");

  private static final Set<String> LISTENERS = Set.of("broker", "controller");

  private final MessageSchema message;

  private SchemaValidator(MessageSchema message) {
    this.message = message;
  }

  /**
   * Checks one message by itself.
   *
   * @throws SchemaException for the first thing found wrong
   */
  public static void validate(MessageSchema message) {
    new SchemaValidator(message).validate();
  }

  /**
   * Checks the messages against each other: one request and one response per key, with the same
   * versions.
   *
   * @throws SchemaException for the first thing found wrong
   */
  public static void validateTogether(List<MessageSchema> messages) {
    Map<Integer, MessageSchema> requests = byKey(messages, Kind.REQUEST);
    Map<Integer, MessageSchema> responses = byKey(messages, Kind.RESPONSE);
    responses.forEach(
        (key, response) -> {
          if (!requests.containsKey(key)) {
            throw wrong(response, "there is no request with key " + key);
          }
        });
    requests.forEach(
        (key, request) -> {
          MessageSchema response = responses.get(key);
          if (response == null) {
            throw wrong(request, "there is no response with key " + key);
          }
          if (!response.versions().equals(request.versions())
              || !response.since44().equals(request.since44())) {
            throw wrong(response, "the request " + request.name() + " has other versions");
          }
        });
  }

  private static Map<Integer, MessageSchema> byKey(List<MessageSchema> messages, Kind kind) {
    Map<Integer, MessageSchema> byKey = new HashMap<>();
    for (MessageSchema message : messages) {
      if (message.kind() == kind) {
        MessageSchema other = byKey.put(message.key().getAsInt(), message);
        if (other != null) {
          throw wrong(message, "its key is taken by " + other.name());
        }
      }
    }
    return byKey;
  }

  private static SchemaException wrong(MessageSchema message, String problem) {
    return new SchemaException(message.file(), message.body().line(), problem);
  }

  private SchemaException wrong(FieldSchema field, String problem) {
    return new SchemaException(
        message.file(), field.line(), "field " + field.name() + ": " + problem);
  }

  private void validate() {
    String fileName = message.file().getFileName().toString();
    if (!fileName.equals(message.name() + ".schema")) {
      throw wrong(message, "the message is called " + message.name() + ", the file is not");
    }
    boolean isApi = message.kind() == Kind.REQUEST || message.kind() == Kind.RESPONSE;
    if (isApi && message.key().isEmpty()) {
      throw wrong(message, "a request or response needs a 'key'");
    }
    if (message.key().isPresent()
        && (message.key().getAsInt() < 0 || message.key().getAsInt() > Short.MAX_VALUE)) {
      throw wrong(message, "the key must be between 0 and " + Short.MAX_VALUE);
    }
    if (message.versions().isEmpty() || message.versions().highest() == VersionRange.OPEN) {
      throw wrong(message, "the versions must have a first and a last");
    }
    for (String listener : message.listeners()) {
      if (!LISTENERS.contains(listener)) {
        throw wrong(message, "unknown listener '" + listener + "'");
      }
    }
    if ((message.kind() == Kind.REQUEST) == message.listeners().isEmpty()) {
      throw wrong(message, "requests, and only they, state 'listeners'");
    }
    validateStructNames();
    validateNoRecursion();
    validateFields(message.body());
    message.structs().forEach(this::validateFields);
  }

  private void validateStructNames() {
    Set<String> seen = new HashSet<>(Set.of(message.name()));
    for (StructSchema struct : message.structs()) {
      if (!seen.add(struct.name())) {
        throw new SchemaException(
            message.file(), struct.line(), "there are two structs called " + struct.name());
      }
      if (TAKEN_TYPES.contains(struct.name())) {
        throw new SchemaException(
            message.file(), struct.line(), "no struct can be called " + struct.name());
      }
    }
  }

  /** Decoding must not recurse to a depth that the bytes choose. */
  private void validateNoRecursion() {
    for (StructSchema struct : message.structs()) {
      Deque<StructSchema> open = new ArrayDeque<>(List.of(struct));
      Set<String> reached = new HashSet<>();
      while (!open.isEmpty()) {
        for (FieldSchema field : open.pop().fields()) {
          StructSchema next = structOf(field);
          if (next != null && next.name().equals(struct.name())) {
            throw wrong(field, "struct " + struct.name() + " contains itself");
          }
          if (next != null && reached.add(next.name())) {
            open.push(next);
          }
        }
      }
    }
  }

  private StructSchema structOf(FieldSchema field) {
    FieldType type = field.type() instanceof ArrayOf array ? array.element() : field.type();
    return type instanceof StructRef ref ? message.struct(ref.name()) : null;
  }

  private void validateFields(StructSchema struct) {
    Set<String> names = new HashSet<>();
    Set<Integer> tags = new HashSet<>();
    for (FieldSchema field : struct.fields()) {
      if (!names.add(field.name())) {
        throw wrong(field, "the name is taken");
      }
      validateType(field);
      validateVersions(field);
      validateTag(field, tags);
      validateDefault(field);
    }
    for (int tag = 0; tag < tags.size(); tag++) {
      if (!tags.contains(tag)) {
        throw new SchemaException(
            message.file(), struct.line(), "the tags of " + struct.name() + " leave out " + tag);
      }
    }
  }

  private void validateType(FieldSchema field) {
    FieldType type = field.type() instanceof ArrayOf array ? array.element() : field.type();
    if (type instanceof StructRef ref) {
      StructSchema struct = message.struct(ref.name());
      if (struct == null) {
        throw wrong(field, "there is no struct " + ref.name());
      }
      VersionRange used = field.versions().intersect(message.versions());
      if (!struct.versions().contains(used)) {
        throw wrong(field, "struct " + ref.name() + " lacks some of the versions " + used);
      }
    }
  }

  private void validateVersions(FieldSchema field) {
    if (field.versions().isEmpty()) {
      throw wrong(field, "it is in no version");
    }
    if (field.isNullable() && !field.type().mayBeNull()) {
      throw wrong(field, "a " + field.type() + " cannot be null");
    }
    if (!field.versions().contains(field.tagged())) {
      throw wrong(field, "it is tagged in versions that lack it");
    }
    if (!message.flexible().contains(field.tagged())) {
      throw wrong(field, "it is tagged in versions that are not flexible");
    }
  }

  private void validateTag(FieldSchema field, Set<Integer> tags) {
    if (field.tag().isPresent() == field.tagged().isEmpty()) {
      throw wrong(field, "'tagged' and 'tag' go together");
    }
    if (field.tag().isPresent() && !tags.add(field.tag().getAsInt())) {
      throw wrong(field, "the tag " + field.tag().getAsInt() + " is taken");
    }
  }

  private void validateDefault(FieldSchema field) {
    if (field.defaultValue().isEmpty()) {
      return;
    }
    String value = field.defaultValue().get();
    if (value.equals("null")) {
      VersionRange present = field.versions().intersect(message.versions());
      if (!field.nullable().contains(present)) {
        throw wrong(field, "its default is null where it may not be null");
      }
    } else if (field.type() == Scalar.BOOL) {
      if (!value.equals("true") && !value.equals("false")) {
        throw wrong(field, "its default must be true or false");
      }
    } else if (field.type() instanceof Scalar scalar && scalar.isNumber()) {
      validateNumber(field, scalar, value);
    } else if (field.type() == Scalar.STRING) {
      if (value.length() < 2 || !value.startsWith("\"") || !value.endsWith("\"")) {
        throw wrong(field, "its default must be in double quotes");
      }
    } else {
      throw wrong(field, "the only default for a " + field.type() + " is null");
    }
  }

  private void validateNumber(FieldSchema field, Scalar scalar, String value) {
    try {
      if (scalar == Scalar.FLOAT64) {
        Double.parseDouble(value);
        return;
      }
      long number = Long.decode(value);
      boolean unsigned = scalar == Scalar.UINT16 || scalar == Scalar.UINT32;
      int bits = 8 * scalar.size() - (unsigned ? 0 : 1);
      long highest = bits == 63 ? Long.MAX_VALUE : (1L << bits) - 1;
      long lowest = unsigned ? 0 : -highest - 1;
      if (number < lowest || number > highest) {
        throw wrong(field, value + " does not fit a " + scalar);
      }
    } catch (NumberFormatException e) {
      throw wrong(field, "'" + value + "' is not a number");
    }
  }
}
