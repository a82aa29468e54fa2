package io.ottla.bench.log;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A span of time, in {@link System#nanoTime()}, which on Linux all processes of a machine count
 * from the same moment.
 */
record Window(long fromNs, long toNs) {

  boolean contains(long atNs) {
    return atNs >= fromNs && atNs < toNs;
  }

  double inSeconds() {
    return (toNs - fromNs) / 1e9;
  }

  void write(Path file) throws IOException {
    new ObjectMapper().writeValue(file.toFile(), this);
  }

  static Window read(Path file) throws IOException {
    return new ObjectMapper().readValue(file.toFile(), Window.class);
  }
}
