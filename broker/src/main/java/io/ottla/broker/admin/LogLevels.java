package io.ottla.broker.admin;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.LoggerFactory;

/**
 * The levels of this process's loggers, under the names Kafka's tools know (KIP-412). Changes last
 * until the process ends. Any thread.
 */
final class LogLevels {

  static final String ROOT = "root";

  /** FATAL is a level of older tools; the nearest there is takes its place. */
  static final Set<String> NAMES = Set.of("FATAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE");

  private final LoggerContext context;

  LogLevels() {
    this.context = (LoggerContext) LoggerFactory.getILoggerFactory();
  }

  /** The level in force of each logger there is. */
  Map<String, String> all() {
    Map<String, String> levels = new TreeMap<>();
    for (Logger logger : context.getLoggerList()) {
      levels.put(nameOf(logger), logger.getEffectiveLevel().toString());
    }
    return levels;
  }

  private static String nameOf(Logger logger) {
    return logger.getName().equals(Logger.ROOT_LOGGER_NAME) ? ROOT : logger.getName();
  }

  boolean exists(String name) {
    return name.equals(ROOT) || context.exists(name) != null;
  }

  void set(String name, String level) {
    logger(name).setLevel(level.equals("FATAL") ? Level.ERROR : Level.toLevel(level));
  }

  /** The level becomes that of the logger's parent. */
  void unset(String name) {
    logger(name).setLevel(null);
  }

  private Logger logger(String name) {
    return context.getLogger(name.equals(ROOT) ? Logger.ROOT_LOGGER_NAME : name);
  }
}
