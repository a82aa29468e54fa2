package io.ottla.broker.config;

/** Something to tell whoever wrote a properties file, though the broker starts. */
public record ConfigNote(Level level, String text) {

  /** How much it matters. */
  public enum Level {
    /** The key has no effect, as was to be expected. */
    INFO,
    /** The broker will not do what the file asks for. */
    WARNING
  }
}
