package io.ottla.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ScheduleTest {

  @Test
  void spacesRecordsEvenlyWithoutDrift() {
    Schedule schedule = new Schedule(1000, 3000, 10, 20);
    assertThat(schedule.dueNs(0)).isEqualTo(1000);
    assertThat(schedule.dueNs(1)).isEqualTo(1000 + 333_333);
    assertThat(schedule.dueNs(3000)).isEqualTo(1000 + 1_000_000_000L);
    // A day at 1,000,000 records/s: the naive product does not fit a long.
    Schedule day = new Schedule(0, 1_000_000, 0, 1);
    assertThat(day.dueNs(86_400_000_000L)).isEqualTo(86_400_000_000_000L);
  }

  @Test
  void measuresAllButTheFirst() {
    Schedule schedule = new Schedule(0, 1, 10, 20);
    assertThat(schedule.measured(9)).isFalse();
    assertThat(schedule.measured(10)).isTrue();
    assertThat(schedule.sumOfNumbers()).isEqualTo(190);
  }
}
