package io.ottla.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CommitActionsTest {

  private final CommitActions actions = new CommitActions();
  private final List<String> done = new ArrayList<>();

  @BeforeEach
  void clear() {
    ErrorLog.clear();
  }

  private static void fail() {
    throw new IllegalStateException("planned");
  }

  @Test
  void runInOrderOnceTheirRecordsAreSafe() {
    actions.add(0, () -> done.add("at once"));
    actions.add(5, () -> done.add("first"));
    actions.add(7, () -> done.add("second"));
    actions.onHighWatermark(5);
    assertThat(done).containsExactly("at once", "first");
    actions.onHighWatermark(9);
    assertThat(done).containsExactly("at once", "first", "second");
    ErrorLog.assertEmpty();
  }

  @Test
  void oneThatFailsTakesNoneOfTheOthersWithIt() {
    actions.add(5, CommitActionsTest::fail);
    actions.add(5, () -> done.add("after"));
    actions.onHighWatermark(5);
    assertThat(done).containsExactly("after");
    actions.add(5, CommitActionsTest::fail);
    ErrorLog.expect("CommitActions");
  }
}
