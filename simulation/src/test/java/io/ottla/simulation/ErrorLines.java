package io.ottla.simulation;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import ch.qos.logback.core.AppenderBase;
import io.ottla.log.MemoryFileSystem;
import java.util.function.Predicate;
import org.slf4j.LoggerFactory;

/** Takes down what the production's classes log as errors: in a simulation nobody may. */
final class ErrorLines implements AutoCloseable {

  private final Thread thread = Thread.currentThread();
  private AssertionError first;
  private Predicate<String> excuse = _ -> false;

  private final AppenderBase<ILoggingEvent> appender =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          if (event.getLevel().isGreaterOrEqual(Level.ERROR)
              && Thread.currentThread() == thread
              && first == null
              && !isDeath(event)
              && !excuse.test(event.getFormattedMessage())) {
            Throwable cause =
                event.getThrowableProxy() instanceof ThrowableProxy proxy
                    ? proxy.getThrowable()
                    : null;
            first =
                new AssertionError("an error was logged: " + event.getFormattedMessage(), cause);
          }
        }
      };

  ErrorLines() {
    appender.start();
    root().addAppender(appender);
  }

  /** What a disk that fails has said of it. */
  void excuse(Predicate<String> isExpected) {
    excuse = isExpected;
  }

  private static Logger root() {
    return (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  }

  /** A process that dies in writing has no more to say. */
  private static boolean isDeath(ILoggingEvent event) {
    return event.getThrowableProxy() instanceof ThrowableProxy proxy
        && proxy.getThrowable() instanceof MemoryFileSystem.Killed;
  }

  /**
   * Looks.
   *
   * @throws AssertionError with the first
   */
  void check() {
    if (first != null) {
      throw first;
    }
  }

  @Override
  public void close() {
    root().detachAppender(appender);
    appender.stop();
  }
}
