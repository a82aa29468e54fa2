package io.ottla.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.LoggerFactory;

/**
 * Catches what is logged as an error: a shard goes on after a task that threw, and so would a test
 * that does not look here.
 */
public final class ErrorLog {

  private static final List<String> ERRORS = new ArrayList<>();

  static {
    AppenderBase<ILoggingEvent> appender =
        new AppenderBase<>() {
          @Override
          protected void append(ILoggingEvent event) {
            if (event.getLevel().isGreaterOrEqual(Level.ERROR)) {
              String cause =
                  event.getThrowableProxy() == null
                      ? ""
                      : "\n" + ThrowableProxyUtil.asString(event.getThrowableProxy());
              ERRORS.add(event.getLoggerName() + ": " + event.getFormattedMessage() + cause);
            }
          }
        };
    appender.start();
    Logger logger = (Logger) LoggerFactory.getLogger("io.ottla");
    logger.setLevel(Level.ERROR);
    logger.setAdditive(false);
    logger.addAppender(appender);
  }

  private ErrorLog() {}

  public static void clear() {
    ERRORS.clear();
  }

  public static void assertEmpty() {
    assertThat(ERRORS).as("errors logged").isEmpty();
  }

  /** Expects errors of one class of this module, and forgets them. */
  public static void expect(String className) {
    assertThat(ERRORS).as("errors logged").isNotEmpty();
    assertThat(ERRORS)
        .allSatisfy(error -> assertThat(error).startsWith("io.ottla.coordinator." + className));
    ERRORS.clear();
  }
}
