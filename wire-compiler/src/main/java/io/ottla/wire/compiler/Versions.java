package io.ottla.wire.compiler;

/** What the generated methods have in common at their start. */
final class Versions {

  private Versions() {}

  /** Refuses versions the message does not have. */
  static void check(StructModel struct, JavaSource java) {
    if (struct.isMessage()) {
      java.line("if (version < LOWEST_SUPPORTED_VERSION || version > HIGHEST_SUPPORTED_VERSION) {");
      java.line("throw FieldValues.unsupported(\"%s\", version);", struct.qualifiedName());
      java.line("}");
    }
  }

  /** Declares {@code flexible} if it depends on the version. */
  static void flexible(StructModel struct, JavaSource java) {
    String flexible = struct.isFlexible();
    if (!flexible.equals("true") && !flexible.equals("false")) {
      java.line("boolean flexible = %s;", flexible);
    }
  }
}
