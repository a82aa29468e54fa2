package io.ottla.bench.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StallsTest {

  private static final long START_NS = 1_000_000_000L;

  private final Stalls stalls = new Stalls(2, START_NS);

  @Test
  void findsTheLongestGapBetweenAcknowledgementsOfOnePartition() {
    acknowledged(0, 10);
    acknowledged(1, 20);
    acknowledged(0, 110);
    acknowledged(1, 420);
    acknowledged(0, 430);
    acknowledged(1, 430);
    stalls.end(at(440));
    assertThat(stalls.longestMs()).isEqualTo(400);
    assertThat(stalls.longestPartition()).isEqualTo(1);
    assertThat(stalls.longestBeganNs()).isEqualTo(at(20));
  }

  @Test
  void countsAPartitionThatNeverAcknowledges() {
    for (int ms = 10; ms <= 500; ms += 10) {
      acknowledged(0, ms);
    }
    stalls.end(at(500));
    assertThat(stalls.longestMs()).isEqualTo(500);
    assertThat(stalls.longestPartition()).isEqualTo(1);
  }

  @Test
  void countsAPartitionThatStallsUntilTheEnd() {
    acknowledged(0, 100);
    acknowledged(1, 100);
    acknowledged(1, 250);
    stalls.end(at(400));
    assertThat(stalls.longestMs()).isEqualTo(300);
    assertThat(stalls.longestPartition()).isZero();
  }

  @Test
  void takesWhatArrivedBeforeTheStartForNothing() {
    acknowledged(0, -50);
    acknowledged(0, 30);
    acknowledged(1, 30);
    stalls.end(at(40));
    assertThat(stalls.longestMs()).isEqualTo(30);
  }

  @Test
  void hasFoundNothingAtFirst() {
    assertThat(stalls.longestMs()).isZero();
    assertThat(stalls.longestPartition()).isEqualTo(-1);
  }

  private void acknowledged(int partition, long ms) {
    stalls.acknowledged(partition, at(ms));
  }

  private static long at(long ms) {
    return START_NS + ms * 1_000_000;
  }
}
