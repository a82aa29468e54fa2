package io.ottla.coordinator.group.journal;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.ottla.coordinator.group.journal.RebalanceCause.MemberLeft;
import io.ottla.coordinator.group.journal.RebalanceCause.SessionExpired;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What an operator reads in the broker's log. */
class RebalanceLogTest {

  private final Logger logger = (Logger) LoggerFactory.getLogger(RebalanceLog.class);
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

  @BeforeEach
  void listen() {
    lines.start();
    logger.setLevel(Level.INFO);
    logger.addAppender(lines);
  }

  @AfterEach
  void stopListening() {
    logger.detachAppender(lines);
    logger.setLevel(null);
  }

  private static RebalanceEntry entry(RebalanceEnd end, UnownedPartitions unowned) {
    JournaledMember static1 = new JournaledMember("c-1", "one", "c", "/10.0.0.1");
    JournaledMember dynamic = new JournaledMember("Xy4", null, "c", "/10.0.0.2");
    return new RebalanceEntry(
        "orders",
        GroupProtocol.CLASSIC,
        1_700_000_000_000L,
        3_214,
        end,
        6,
        7,
        new CutList<>(List.of(), 4),
        new CutList<>(List.of(), 2),
        CutList.of(
            List.of(
                new SessionExpired(static1, 45_012, 45_000),
                new MemberLeft(dynamic, "the consumer is being closed")),
            5),
        unowned);
  }

  @Test
  void aSettledRebalanceIsOneLineWithAllThatMatters() {
    RebalanceLog.write(
        entry(
            RebalanceEnd.SETTLED,
            new UnownedPartitions(true, new CutList<>(List.of(), 12), 3_100)));

    assertThat(lines.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .containsExactly(
            "Group orders settled in generation 7 after 3214 ms, members 4 -> 2, because"
                + " member c-1 (instance one, at /10.0.0.1) sent no heartbeat for 45012 ms (session"
                + " timeout 45000 ms), member Xy4 (client c, at /10.0.0.2) left ('the consumer is"
                + " being closed'); 12 partitions had no owner, the longest for 3100 ms");
  }

  @Test
  void aGroupThatLostItsMembersIsOneLineAndWhatWasSupersededIsNone() {
    RebalanceLog.write(entry(RebalanceEnd.SUPERSEDED, UnownedPartitions.NONE));
    RebalanceLog.write(entry(RebalanceEnd.GROUP_EMPTY, UnownedPartitions.NONE));

    assertThat(lines.list)
        .singleElement()
        .satisfies(
            line ->
                assertThat(line.getFormattedMessage())
                    .startsWith("Group orders has no members any more (4 before), because member"));
  }
}
