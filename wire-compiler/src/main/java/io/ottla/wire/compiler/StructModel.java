package io.ottla.wire.compiler;

import io.ottla.wire.compiler.FieldType.ArrayOf;
import io.ottla.wire.compiler.FieldType.Scalar;
import io.ottla.wire.compiler.FieldType.StructRef;
import java.util.Comparator;
import java.util.List;

/** A struct as the generated Java sees it. */
final class StructModel {

  private final MessageSchema message;
  private final StructSchema schema;
  private final VersionRange versions;
  private final List<FieldModel> fields;

  StructModel(MessageSchema message, StructSchema schema) {
    this.message = message;
    this.schema = schema;
    this.versions = schema.versions().intersect(message.versions());
    this.fields = schema.fields().stream().map(field -> new FieldModel(field, this)).toList();
  }

  MessageSchema message() {
    return message;
  }

  String name() {
    return schema.name();
  }

  boolean isMessage() {
    return schema.name().equals(message.name());
  }

  String qualifiedName() {
    return isMessage() ? message.name() : message.name() + "." + name();
  }

  /** The versions it can be asked for. */
  VersionRange versions() {
    return versions;
  }

  List<FieldModel> fields() {
    return fields;
  }

  /** The fields that are tagged in some version, by tag. */
  List<FieldModel> taggedFields() {
    return fields.stream()
        .filter(FieldModel::isTagged)
        .sorted(Comparator.comparingInt(FieldModel::tag))
        .toList();
  }

  /** Java condition: the version is flexible. */
  String isFlexible() {
    return condition(message.flexible());
  }

  /**
   * Java condition on {@code version}: it is in the range. "true" or "false" where that is sure.
   */
  String condition(VersionRange range) {
    return condition(range, VersionRange.parse("0+"));
  }

  /** As above, given that the version is among the known ones. */
  String condition(VersionRange range, VersionRange known) {
    VersionRange possible = versions.intersect(known);
    VersionRange common = possible.intersect(range);
    if (common.isEmpty()) {
      return "false";
    }
    boolean fromStart = common.lowest() == possible.lowest();
    boolean toEnd = common.highest() == possible.highest();
    if (fromStart && toEnd) {
      return "true";
    }
    if (common.lowest() == common.highest()) {
      return "version == " + common.lowest();
    }
    if (toEnd) {
      return "version >= " + common.lowest();
    }
    if (fromStart) {
      return "version <= " + common.highest();
    }
    return "version >= " + common.lowest() + " && version <= " + common.highest();
  }

  /**
   * Java expression on {@code version}: the fewest bytes that one element of a list can take, for
   * the versions in which the list is present.
   *
   * @throws SchemaException if it can take none, since then nothing would limit the count
   */
  String smallestElement(FieldModel list) {
    FieldType element = ((ArrayOf) list.type()).element();
    VersionRange present = versions.intersect(list.schema().versions());
    StringBuilder expression = new StringBuilder();
    int size = -1;
    for (int version = present.highest(); version >= present.lowest(); version--) {
      int sizeHere = smallest(element, list.schema(), version, false);
      if (sizeHere == 0) {
        throw new SchemaException(
            message.file(),
            list.schema().line(),
            "elements of " + list.schema().name() + " have no bytes in version " + version);
      }
      if (size >= 0 && sizeHere != size) {
        expression.append("version >= ").append(version + 1).append(" ? ");
        expression.append(size).append(" : ");
      }
      size = sizeHere;
    }
    return expression.append(size).toString();
  }

  private int smallest(FieldType type, FieldSchema field, int version, boolean nullable) {
    boolean compact = field.flexible().orElse(message.flexible()).contains(version);
    return switch (type) {
      case ArrayOf array -> compact ? 1 : 4;
      case StructRef ref -> nullable ? 1 : smallest(message.struct(ref.name()), version);
      case Scalar scalar ->
          scalar.isFixedSize() ? scalar.size() : compact ? 1 : scalar == Scalar.STRING ? 2 : 4;
    };
  }

  private int smallest(StructSchema struct, int version) {
    int size = message.flexible().contains(version) ? 1 : 0;
    for (FieldSchema field : struct.fields()) {
      if (field.versions().contains(version) && !field.tagged().contains(version)) {
        size += smallest(field.type(), field, version, field.nullable().contains(version));
      }
    }
    return size;
  }
}
