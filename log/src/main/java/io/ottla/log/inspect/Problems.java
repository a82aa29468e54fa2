package io.ottla.log.inspect;

import java.nio.file.Path;
import java.util.function.Consumer;

/** Where problems go: one line each, and not more than a few of one kind for a file. */
final class Problems {

  private static final int MAX_PER_FILE = 20;

  private final Consumer<String> lines;
  private Path last;
  private int ofLast;
  private long count;

  Problems(Consumer<String> lines) {
    this.lines = lines;
  }

  void add(Path file, String what) {
    count++;
    if (!file.equals(last)) {
      last = file;
      ofLast = 0;
    }
    ofLast++;
    if (ofLast < MAX_PER_FILE) {
      lines.accept(file + ": " + what);
    } else if (ofLast == MAX_PER_FILE) {
      lines.accept(file + ": more problems; only the first " + (MAX_PER_FILE - 1) + " are shown");
    }
  }

  long count() {
    return count;
  }
}
