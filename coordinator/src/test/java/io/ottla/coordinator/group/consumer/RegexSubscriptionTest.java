package io.ottla.coordinator.group.consumer;

import static io.ottla.coordinator.group.consumer.ConsumerBed.beat;
import static io.ottla.coordinator.group.consumer.ConsumerBed.join;
import static io.ottla.coordinator.group.consumer.ConsumerBed.joinRegex;
import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordinator.CoordinatorRecord;
import io.ottla.wire.ErrorCode;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RegexSubscriptionTest {

  private final ConsumerBed bed =
      new ConsumerBed().topics(TestTopics.NONE.with("ta", 2).with("tb", 1).with("u", 1)).start();

  @AfterEach
  void whatWasWrittenSaysWhatIs() {
    bed.assertReplayEqualsLiveState();
  }

  private List<Short> types() {
    return bed.newRecords().stream().map(CoordinatorRecord::type).toList();
  }

  @Test
  void anExpressionIsResolvedElsewhereAndBeginsAnEpochThen() {
    assertThat(bed.assigned(bed.ok(joinRegex("a", "t.*")))).isEmpty();
    assertThat(bed.group().epoch()).as("nothing to assign yet").isEqualTo(1);
    assertThat(bed.offloaded).hasSize(1);
    bed.ok(beat("a", 1));
    assertThat(bed.offloaded).as("one at a time").hasSize(1);
    bed.newRecords();

    bed.runOffloaded();
    assertThat(types()).containsExactly((short) 16, (short) 3);
    assertThat(bed.group().subscribedTopics()).containsExactly("ta", "tb");
    assertThat(bed.assigned(bed.ok(beat("a", 1))))
        .isEqualTo(Map.of("ta", Set.of(0, 1), "tb", Set.of(0)));
  }

  @Test
  void anExpressionThatIsKnownIsUsedAtOnce() {
    bed.ok(joinRegex("a", "t.*"));
    bed.runOffloaded();
    bed.ok(beat("a", 1));
    bed.ok(joinRegex("b", "t.*"));
    assertThat(bed.offloaded).isEmpty();
    assertThat(bed.group().epoch()).isEqualTo(3);
  }

  @Test
  void newTopicsAreLookedAtButNotTooOften() {
    bed.ok(joinRegex("a", "t.*"));
    bed.runOffloaded();
    bed.ok(beat("a", 1));
    bed.topics(bed.topics.with("tc", 1));
    bed.ok(beat("a", 2));
    assertThat(bed.offloaded).isEmpty();
    bed.pass(10_001);
    bed.ok(beat("a", 2));
    bed.runOffloaded();
    assertThat(bed.assigned(bed.ok(beat("a", 2)))).containsKey("tc");

    bed.pass(60_000);
  }

  @Test
  void anExpressionIsResolvedAgainFromTimeToTime() {
    bed.ok(joinRegex("a", "t.*"));
    bed.runOffloaded();
    for (int i = 0; i < 20; i++) {
      bed.ok(beat("a", i == 0 ? 1 : 2));
      assertThat(bed.offloaded).isEmpty();
      bed.pass(30_000);
    }
    bed.pass(1);
    bed.ok(beat("a", 2));
    assertThat(bed.offloaded).hasSize(1);
    bed.newRecords();
    bed.runOffloaded();
    assertThat(types())
        .as("the time is written, but there is nothing new")
        .containsExactly((short) 16);
  }

  @Test
  void theLastOneThatUsesAnExpressionTakesItAlong() {
    bed.ok(joinRegex("a", "t.*"));
    bed.ok(joinRegex("b", "t.*"));
    bed.runOffloaded();
    bed.newRecords();
    bed.ok(beat("a", -1));
    assertThat(types()).containsExactly((short) 8, (short) 7, (short) 5, (short) 3);
    bed.ok(beat("b", -1));
    assertThat(types()).containsExactly((short) 8, (short) 7, (short) 5, (short) 16, (short) 3);
    assertThat(bed.group().subscribedTopics()).isEmpty();
  }

  @Test
  void anAnswerThatNobodyWaitsForAnyMoreIsDropped() {
    bed.ok(joinRegex("a", "t.*"));
    bed.ok(join("b", "u"));
    bed.ok(beat("a", -1));
    bed.newRecords();
    bed.runOffloaded();
    assertThat(types()).isEmpty();
  }

  @Test
  void aClientSeesOnlyWhatItMay() {
    bed.authorizer =
        (client, topics) -> {
          assertThat(client.clientId()).isEqualTo("client");
          Set<String> allowed = new TreeSet<>(topics);
          allowed.remove("tb");
          return allowed;
        };
    bed.ok(joinRegex("a", "t.*"));
    bed.runOffloaded();
    assertThat(bed.group().subscribedTopics()).containsExactly("ta");
  }

  @Test
  void aFailureIsTriedAgainWithTheNextHeartbeat() {
    bed.authorizer =
        (client, topics) -> {
          throw new IllegalStateException("no authorizer, for a test");
        };
    bed.ok(joinRegex("a", "t.*"));
    bed.runOffloaded();
    assertThat(bed.group().subscribedTopics()).isEmpty();
    bed.authorizer = TopicAuthorizer.ALL;
    bed.ok(beat("a", 1));
    bed.runOffloaded();
    assertThat(bed.group().subscribedTopics()).containsExactly("ta", "tb");
  }

  @Test
  void anExpressionThatIsNoneIsRefusedAndChangesNothing() {
    bed.ok(join("a", "u"));
    bed.newRecords();
    for (String regex : List.of("(", "a{1001}", "(?<x", "*", "[z-a]", "\\8")) {
      assertThat(bed.error(beat("a", 2).subscribedTopicRegex(regex)))
          .as(regex)
          .isEqualTo(ErrorCode.INVALID_REGULAR_EXPRESSION);
    }
    for (String regex :
        List.of(
            "((a{100}){100}){100}", "(".repeat(5_000) + ")".repeat(5_000), "a".repeat(30_000))) {
      assertThat(bed.error(beat("a", 2).subscribedTopicRegex(regex)))
          .isEqualTo(ErrorCode.INVALID_REGULAR_EXPRESSION);
    }
    assertThat(bed.newRecords()).isEmpty();
    assertThat(bed.offloaded).isEmpty();
  }

  @Test
  void topicsByNameAndByExpressionAddUp() {
    bed.ok(joinRegex("a", "t.*").subscribedTopicNames(List.of("u")));
    bed.runOffloaded();
    assertThat(bed.assigned(bed.ok(beat("a", 2)))).containsOnlyKeys("ta", "tb", "u");
  }

  @Test
  void aGroupThatIsDeletedMeanwhileStaysDeleted() {
    bed.ok(joinRegex("a", "t.*"));
    bed.ok(beat("a", -1));
    List<CoordinatorRecord> records = new java.util.ArrayList<>();
    bed.group().delete(records);
    bed.runtime.runInternal(machine -> io.ottla.coordinator.CoordinatorResult.append(records));
    bed.runOffloaded();
    assertThat(bed.group()).isNull();
  }
}
