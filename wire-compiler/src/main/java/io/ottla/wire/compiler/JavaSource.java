package io.ottla.wire.compiler;

/** Java text in the making, with indentation that follows the braces. */
final class JavaSource {

  private final StringBuilder text = new StringBuilder();
  private int depth;

  /** Adds one line. One that starts with a closing brace goes left, one that ends open, right. */
  JavaSource line(String line) {
    if (line.isEmpty()) {
      text.append('\n');
      return this;
    }
    if (line.startsWith("}")) {
      depth--;
    }
    text.append("  ".repeat(depth)).append(line).append('\n');
    if (line.endsWith("{")) {
      depth++;
    }
    return this;
  }

  /** As above, with values put in as {@link String#format} does. */
  @SuppressWarnings("AnnotateFormatMethod") // would need a dependency of its own
  JavaSource line(String format, Object... values) {
    return line(String.format(format, values));
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
