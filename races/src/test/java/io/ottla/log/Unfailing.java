package io.ottla.log;

import java.io.IOException;
import java.io.UncheckedIOException;

/** Work on files in memory, which do not fail: the harness knows no checked exceptions. */
final class Unfailing {

  /** Something that is done. */
  @FunctionalInterface
  interface Action {

    void run() throws IOException;
  }

  /** Something that is got. */
  @FunctionalInterface
  interface Source<T> {

    T get() throws IOException;
  }

  private Unfailing() {}

  static void run(Action action) {
    try {
      action.run();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static <T> T get(Source<T> source) {
    try {
      return source.get();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
