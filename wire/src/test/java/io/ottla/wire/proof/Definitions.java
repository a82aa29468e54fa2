package io.ottla.wire.proof;

import com.fasterxml.jackson.databind.JsonNode;
import io.ottla.wire.compiler.FieldSchema;
import io.ottla.wire.compiler.FieldType;
import io.ottla.wire.compiler.FieldType.ArrayOf;
import io.ottla.wire.compiler.FieldType.StructRef;
import io.ottla.wire.compiler.MessageSchema;
import io.ottla.wire.compiler.StructSchema;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Turns a definition, ours or the official one, into lines that say the same thing in the same
 * words: one for the message, one per field in the order of the wire, one per shared struct.
 */
final class Definitions {

  /** What official definitions may say; anything else must be looked at before it is ignored. */
  private static final Set<String> MESSAGE_FACTS =
      Set.of(
          "type",
          "name",
          "apiKey",
          "validVersions",
          "flexibleVersions",
          "listeners",
          "latestVersionUnstable",
          "fields",
          "commonStructs");

  /** "about" is prose, "zeroCopy" a choice between two Java types for the same bytes. */
  private static final Set<String> FIELD_FACTS =
      Set.of(
          "name",
          "type",
          "versions",
          "nullableVersions",
          "taggedVersions",
          "tag",
          "default",
          "ignorable",
          "mapKey",
          "entityType",
          "flexibleVersions",
          "fields",
          "about",
          "zeroCopy");

  private Definitions() {}

  static List<String> lines(MessageSchema message) {
    List<String> lines = new ArrayList<>();
    lines.add(
        String.join(
            " ",
            message.kind().name().toLowerCase(Locale.ROOT).replace('_', '-'),
            message.name(),
            "key=" + (message.key().isPresent() ? message.key().getAsInt() : "none"),
            "versions=" + message.versions(),
            "flexible=" + message.flexible(),
            "listeners=" + String.join(",", message.listeners()),
            "unstable=" + message.latestVersionUnstable()));
    fields(message, message.body(), message.name(), lines);
    for (StructSchema struct : message.structs()) {
      if (struct.shared()) {
        lines.add("struct " + struct.name() + " versions=" + struct.versions());
        fields(message, struct, struct.name(), lines);
      }
    }
    return lines;
  }

  private static void fields(
      MessageSchema message, StructSchema struct, String path, List<String> lines) {
    for (FieldSchema field : struct.fields()) {
      String fieldPath = path + "." + field.name();
      lines.add(
          line(
              fieldPath,
              field.type().toString(),
              field.versions().toString(),
              field.nullable().toString(),
              field.tagged().toString(),
              field.tag().isPresent() ? Integer.toString(field.tag().getAsInt()) : "none",
              defaultValue(field.type().toString(), unquoted(field.defaultValue().orElse(""))),
              field.ignorable(),
              field.mapKey(),
              field.entity().orElse("none"),
              field.flexible().map(Object::toString).orElse("inherited")));
      FieldType element = field.type() instanceof ArrayOf array ? array.element() : field.type();
      if (element instanceof StructRef ref && !message.struct(ref.name()).shared()) {
        fields(message, message.struct(ref.name()), fieldPath, lines);
      }
    }
  }

  private static String unquoted(String value) {
    return value.startsWith("\"") ? value.substring(1, value.length() - 1) : value;
  }

  static List<String> lines(JsonNode official) {
    knownFacts(official, MESSAGE_FACTS);
    List<String> listeners = new ArrayList<>();
    official.path("listeners").forEach(listener -> listeners.add(listener.asText()));
    List<String> lines = new ArrayList<>();
    String name = official.get("name").asText();
    lines.add(
        String.join(
            " ",
            official.get("type").asText(),
            name,
            "key=" + official.path("apiKey").asText("none"),
            "versions=" + official.get("validVersions").asText(),
            "flexible=" + official.get("flexibleVersions").asText(),
            "listeners=" + String.join(",", listeners),
            "unstable=" + official.path("latestVersionUnstable").asBoolean(false)));
    fields(official.path("fields"), name, lines);
    for (JsonNode struct : official.path("commonStructs")) {
      String structName = struct.get("name").asText();
      lines.add("struct " + structName + " versions=" + struct.get("versions").asText());
      fields(struct.get("fields"), structName, lines);
    }
    return lines;
  }

  private static void fields(JsonNode fields, String path, List<String> lines) {
    for (JsonNode field : fields) {
      knownFacts(field, FIELD_FACTS);
      String type = field.get("type").asText();
      String tagged = field.path("taggedVersions").asText("none");
      String fieldPath = path + "." + capitalized(field.get("name").asText());
      lines.add(
          line(
              fieldPath,
              type,
              field.path("versions").asText(tagged),
              field.path("nullableVersions").asText("none"),
              tagged,
              field.path("tag").asText("none"),
              defaultValue(
                  type, field.path("default").isNull() ? "" : field.path("default").asText()),
              field.path("ignorable").asBoolean(false),
              field.path("mapKey").asBoolean(false),
              field.path("entityType").asText("none"),
              field.path("flexibleVersions").asText("inherited")));
      fields(field.path("fields"), fieldPath, lines);
    }
  }

  private static void knownFacts(JsonNode node, Set<String> known) {
    for (Iterator<String> names = node.fieldNames(); names.hasNext(); ) {
      String name = names.next();
      if (!known.contains(name)) {
        throw new AssertionError("a definition states '" + name + "', which the proof ignores");
      }
    }
  }

  /** Some official names start with a small letter; in Java, where they end up, all do. */
  private static String capitalized(String name) {
    return Character.toUpperCase(name.charAt(0)) + name.substring(1);
  }

  /** The value a field starts with, whether that is stated or the type's own. */
  private static String defaultValue(String type, String stated) {
    if (stated.equals("null")) {
      return "null";
    }
    return switch (type) {
      case "bool" -> stated.isEmpty() ? "false" : stated;
      case "int8", "int16", "uint16", "int32", "uint32", "int64" ->
          stated.isEmpty() ? "0" : Long.decode(stated).toString();
      case "float64" -> stated.isEmpty() ? "0.0" : Double.valueOf(stated).toString();
      default -> "'" + stated + "'";
    };
  }

  private static String line(
      String path,
      String type,
      String versions,
      String nullable,
      String tagged,
      String tag,
      String defaultValue,
      boolean ignorable,
      boolean mapKey,
      String entity,
      String flexible) {
    return String.join(
        " ",
        path,
        type,
        "versions=" + versions,
        "nullable=" + nullable,
        "tagged=" + tagged,
        "tag=" + tag,
        "default=" + defaultValue,
        "ignorable=" + ignorable,
        "mapKey=" + mapKey,
        "entity=" + entity,
        "flexible=" + flexible);
  }
}
