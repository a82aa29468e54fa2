package io.ottla.coordinator.group.consumer;

import static io.ottla.coordinator.group.consumer.ConsumerBed.beat;
import static io.ottla.coordinator.group.consumer.ConsumerBed.join;
import static io.ottla.coordinator.group.consumer.ConsumerBed.owned;
import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.wire.ErrorCode;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Groups too big to be assigned on the shard's thread. */
class OffloadedAssignmentTest {

  private static final int PARTITIONS = TargetAssignments.SMALL * 2;

  private final ConsumerBed bed =
      new ConsumerBed().topics(TestTopics.NONE.with("big", PARTITIONS)).start();

  @AfterEach
  void whatWasWrittenSaysWhatIs() {
    bed.assertReplayEqualsLiveState();
  }

  @Test
  void membersGetWhatWasAssignedWithALaterHeartbeat() {
    var joined = bed.ok(join("a", "big"));
    assertThat(joined.memberEpoch()).isEqualTo(1);
    assertThat(bed.assigned(joined)).isEmpty();
    assertThat(bed.group().state()).isEqualTo(ConsumerGroupState.ASSIGNING);
    bed.ok(beat("a", 1));
    assertThat(bed.offloaded).as("one at a time").hasSize(1);

    bed.runOffloaded();
    assertThat(bed.group().targetEpoch()).isEqualTo(2);
    var response = bed.ok(beat("a", 1));
    assertThat(response.memberEpoch()).isEqualTo(2);
    assertThat(bed.assigned(response).get("big")).hasSize(PARTITIONS);
  }

  @Test
  void whoJoinsMeanwhileIsAssignedNext() {
    bed.ok(join("a", "big"));
    bed.ok(join("b", "big"));
    bed.runOffloaded();
    assertThat(bed.group().targetEpoch()).isEqualTo(2);
    assertThat(bed.group().epoch()).isEqualTo(3);
    bed.ok(beat("b", 1));
    bed.runOffloaded();
    assertThat(bed.group().targetEpoch()).isEqualTo(3);
    assertThat(bed.group().target("b").size()).isEqualTo(PARTITIONS / 2);
  }

  @Test
  void whoLeavesMeanwhileIsNotAssigned() {
    bed.ok(join("a", "big"));
    bed.ok(join("b", "big"));
    bed.runOffloaded();
    bed.ok(beat("b", 1));
    bed.ok(beat("a", -1));
    bed.runOffloaded();
    assertThat(bed.group().hasTarget("a")).isFalse();
    int epoch = bed.ok(beat("b", 2)).memberEpoch();
    bed.runOffloaded();
    assertThat(bed.assigned(bed.ok(beat("b", epoch))).get("big")).hasSize(PARTITIONS);
  }

  @Test
  void aStaticMemberThatIsReplacedMeanwhileIsAssignedUnderItsNewId() {
    bed.ok(join("a", "big").instanceId("i"));
    bed.ok(beat("a", -2).instanceId("i"));
    bed.ok(join("b", "big").instanceId("i"));
    bed.runOffloaded();
    assertThat(bed.group().targetEpoch()).isEqualTo(bed.group().epoch());
    assertThat(bed.group().target("b").size()).isEqualTo(PARTITIONS);
  }

  @Test
  void itIsTriedAgainAfterAFailure() {
    bed.ok(join("a", "big"));
    Runnable lost = bed.offloaded.remove();
    bed.log.failAppends(ErrorCode.NOT_ENOUGH_REPLICAS);
    lost.run();
    bed.turn();
    bed.log.failAppends(ErrorCode.NONE);
    assertThat(bed.group().targetEpoch()).isEqualTo(1);
    bed.ok(beat("a", 1));
    bed.runOffloaded();
    assertThat(bed.group().targetEpoch()).isEqualTo(2);
  }

  @Test
  void itIsWrittenInPartsThatFitBatches() {
    bed.log.maxBatchBytes(4_096);
    bed.ok(join("a", "big"));
    bed.runOffloaded();
    for (int i = 0; i < 10; i++) {
      bed.ok(join("b" + i, "big"));
    }
    bed.runOffloaded();
    bed.ok(beat("a", 1));
    bed.newRecords();
    int before = bed.log.appends().size();
    bed.runOffloaded();
    assertThat(bed.log.appends().size() - before).isGreaterThan(1);
    assertThat(bed.group().targetEpoch()).isEqualTo(bed.group().epoch());
  }

  @Test
  void withoutOffloadingItIsAssignedAtOnce() {
    bed.settings =
        new ConsumerGroupSettings(
            45_000,
            5_000,
            true,
            0,
            100,
            List.of("uniform"),
            MigrationPolicy.DISABLED,
            600_000,
            false);
    assertThat(bed.assigned(bed.ok(join("a", "big"))).get("big")).hasSize(PARTITIONS);
    Set<Integer> kept = bed.assigned(bed.ok(join("a", "big"))).get("big");
    bed.ok(beat("a", 2).topicPartitions(owned(Map.of(bed.topics.id("big"), kept))));
    assertThat(bed.offloaded).isEmpty();
  }
}
