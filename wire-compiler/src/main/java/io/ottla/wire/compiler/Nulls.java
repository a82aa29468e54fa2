package io.ottla.wire.compiler;

/** How generated code refuses a null in a version that has no way to say it. */
final class Nulls {

  private Nulls() {}

  /**
   * Java expression for the field's value. It throws for a null where the field is nullable in
   * other versions only; a null where it is nullable in no version fails by itself.
   */
  static String checked(FieldModel field, VersionRange known) {
    String value = "this." + field.name();
    if (!field.schema().isNullable()) {
      return value;
    }
    return switch (field.isNullable(known)) {
      case "true" -> value;
      case "false" -> check(field);
      default -> field.isNullable(known) + " ? " + value + " : " + check(field);
    };
  }

  static String check(FieldModel field) {
    return "FieldValues.present(this."
        + field.name()
        + ", \""
        + field.qualifiedName()
        + "\", version)";
  }
}
