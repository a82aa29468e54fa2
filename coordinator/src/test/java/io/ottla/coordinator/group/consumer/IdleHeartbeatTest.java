package io.ottla.coordinator.group.consumer;

import static io.ottla.coordinator.group.consumer.ConsumerBed.beat;
import static io.ottla.coordinator.group.consumer.ConsumerBed.join;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.ottla.coordinator.RequestContext;
import io.ottla.wire.message.ConsumerGroupHeartbeatRequest;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** Most heartbeats say nothing: they must cost next to nothing, however many members there are. */
class IdleHeartbeatTest {

  private static final int MEMBERS = 2_000;

  @Test
  void itMakesNothingButItsAnswer() {
    ConsumerBed bed = new ConsumerBed().topics(TestTopics.NONE.with("t", 10)).start();
    bed.settings = ConsumerGroupSettings.DEFAULTS;
    for (int i = 0; i < MEMBERS; i++) {
      bed.ok(join("m" + i, "t"));
    }
    bed.pass(1_000);
    for (int round = 0; round < 3; round++) {
      bed.runOffloaded();
      for (int i = 0; i < MEMBERS; i++) {
        ConsumerMember member = bed.member("m" + i);
        bed.ok(
            beat(member.memberId(), member.epoch())
                .topicPartitions(
                    ConsumerBed.owned(
                        Conversions.withoutEpochs(member.current().assigned()).partitions())));
      }
    }
    assertThat(bed.group().state()).isEqualTo(ConsumerGroupState.STABLE);
    RequestContext client = bed.client(1);
    ConsumerGroupHeartbeatRequest[] requests = new ConsumerGroupHeartbeatRequest[MEMBERS];
    for (int i = 0; i < MEMBERS; i++) {
      requests[i] = beat("m" + i, bed.group().epoch());
    }
    bed.newRecords();
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long bytes = Long.MAX_VALUE;
    for (int round = 0; round < 5; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (ConsumerGroupHeartbeatRequest request : requests) {
        assertThat(bed.groups().heartbeat(client, request).records()).isEmpty();
      }
      bytes = Math.min(bytes, threads.getCurrentThreadAllocatedBytes() - before);
    }
    // The response, its result, and what the assertion above makes.
    assertThat(bytes / MEMBERS).isLessThan(1_000);
    assertThat(bed.newRecords()).isEmpty();
  }
}
