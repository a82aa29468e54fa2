package io.ottla.broker.net;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.ottla.runtime.ManualClock;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class RefusalLogTest {

  private static final InetAddress HOST = InetAddress.getLoopbackAddress();

  private final Logger logger = (Logger) LoggerFactory.getLogger(RefusalLog.class);
  private final ListAppender<ILoggingEvent> appender = new ListAppender<>();
  private final ManualClock clock = new ManualClock(0);
  private final RefusalLog log = new RefusalLog(clock);

  @BeforeEach
  void listen() {
    appender.start();
    logger.addAppender(appender);
  }

  @AfterEach
  void stop() {
    logger.detachAppender(appender);
  }

  private List<String> lines() {
    return appender.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
  }

  @Test
  void tellsOfTheFirstAtOnceAndOfThoseThatFollowTogether() {
    for (int i = 0; i < 1_000; i++) {
      log.refused(HOST, "max.connections");
    }
    assertThat(lines())
        .containsExactly("Refusing a connection from " + HOST + ": max.connections is reached");

    clock.advanceMs(9_999);
    log.refused(HOST, "max.connections");
    assertThat(lines()).hasSize(1);

    clock.advanceMs(1);
    log.refused(HOST, "ulimit -n");
    assertThat(lines())
        .element(1)
        .isEqualTo(
            "Refusing a connection from "
                + HOST
                + ": ulimit -n is reached. 1000 others were refused since the last line like this");

    clock.advanceMs(10_000);
    log.refused(HOST, "ulimit -n");
    assertThat(lines()).last().asString().endsWith("ulimit -n is reached");
  }

  @Test
  void saysWhatToDoWhenNothingCanBeAccepted() {
    log.acceptFailed("PLAINTEXT", new IOException("accept(..) failed: Too many open files"));
    log.acceptFailed("PLAINTEXT", new IOException("accept(..) failed: Too many open files"));
    assertThat(lines()).singleElement().asString().contains("Too many open files", "ulimit -n");
  }
}
