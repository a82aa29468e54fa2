package io.ottla.broker.admin;

import io.ottla.metadata.controller.ConfigOperation;
import io.ottla.wire.ErrorCode;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Changes levels of this process's loggers: all that are asked for, or none. Any thread. */
final class LoggerAlteration {

  private static final Logger LOG = LoggerFactory.getLogger(LoggerAlteration.class);

  private final LogLevels levels = new LogLevels();

  /**
   * @throws RefusedException if one of the operations cannot be done; then none is
   */
  void carryOut(List<ConfigOperation> operations, boolean validateOnly) {
    operations.forEach(this::check);
    if (!validateOnly) {
      operations.forEach(this::apply);
    }
  }

  private void check(ConfigOperation operation) {
    String logger = operation.key();
    switch (operation.type()) {
      case SET -> {
        checkExists(logger);
        if (!LogLevels.NAMES.contains(operation.value())) {
          throw new RefusedException(
              ErrorCode.INVALID_CONFIG,
              "Cannot set the log level of "
                  + logger
                  + " to "
                  + operation.value()
                  + "; valid log levels are "
                  + String.join(", ", LogLevels.NAMES.stream().sorted().toList()));
        }
      }
      case DELETE -> {
        checkExists(logger);
        if (logger.equals(LogLevels.ROOT)) {
          throw new RefusedException(
              ErrorCode.INVALID_REQUEST,
              "Removing the log level of the root logger is not allowed");
        }
      }
      case APPEND, SUBTRACT ->
          throw new RefusedException(
              ErrorCode.INVALID_REQUEST,
              operation.type() + " operation is not allowed for loggers");
    }
  }

  private void checkExists(String logger) {
    if (!levels.exists(logger)) {
      throw new RefusedException(ErrorCode.INVALID_CONFIG, "Logger " + logger + " does not exist!");
    }
  }

  private void apply(ConfigOperation operation) {
    if (operation.type() == ConfigOperation.Type.SET) {
      levels.set(operation.key(), operation.value());
      LOG.warn("The log level of {} is now {}", operation.key(), operation.value());
    } else {
      levels.unset(operation.key());
      LOG.warn("The log level of {} is now that of its parent", operation.key());
    }
  }
}
