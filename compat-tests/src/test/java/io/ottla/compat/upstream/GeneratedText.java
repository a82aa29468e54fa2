package io.ottla.compat.upstream;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The parts of documents that commands write, between marks that a reader does not see. */
final class GeneratedText {
  private GeneratedText() {}

  /** Puts a text between the marks of this name. */
  static void put(Path document, String name, String text) throws IOException {
    String begin = "<!-- begin " + name + " -->\n";
    String end = "<!-- end " + name + " -->";
    String all = Files.readString(document);
    int from = all.indexOf(begin);
    int to = all.indexOf(end);
    if (from < 0 || to < from) {
      throw new IOException(document + " has no place for " + name);
    }
    Files.writeString(document, all.substring(0, from + begin.length()) + text + all.substring(to));
  }
}
