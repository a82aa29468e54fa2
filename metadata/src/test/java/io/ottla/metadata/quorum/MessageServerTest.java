package io.ottla.metadata.quorum;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.TermIndexProto;
import org.junit.jupiter.api.Test;

class MessageServerTest {

  @Test
  void aHeartbeatFromTheBeginningOfTheLogCommitsNothing() {
    AppendEntriesRequestProto heartbeat =
        AppendEntriesRequestProto.newBuilder().setLeaderCommit(7).build();
    assertThat(MessageServer.withProvenCommit(heartbeat).getLeaderCommit()).isEqualTo(-1);
  }

  @Test
  void entriesFromTheBeginningCommitThemselvesAtMost() {
    AppendEntriesRequestProto.Builder request = AppendEntriesRequestProto.newBuilder();
    for (int i = 0; i < 3; i++) {
      request.addEntries(LogEntryProto.newBuilder().setIndex(i));
    }
    assertThat(MessageServer.withProvenCommit(request.setLeaderCommit(7).build()).getLeaderCommit())
        .isEqualTo(2);
    assertThat(MessageServer.withProvenCommit(request.setLeaderCommit(1).build()).getLeaderCommit())
        .isEqualTo(1);
    assertThat(
            MessageServer.withProvenCommit(request.setLeaderCommit(-1).build()).getLeaderCommit())
        .isEqualTo(-1);
  }

  @Test
  void leavesTheRestToRatis() {
    AppendEntriesRequestProto later =
        AppendEntriesRequestProto.newBuilder()
            .setPreviousLog(TermIndexProto.newBuilder().setIndex(5))
            .setLeaderCommit(9)
            .build();
    assertThat(MessageServer.withProvenCommit(later)).isSameAs(later);
  }

  @Test
  void aLaneKeepsTheOrderAndRefusesTooMuch() {
    List<Runnable> started = new ArrayList<>();
    List<Integer> done = new ArrayList<>();
    MessageLane lane = new MessageLane(started::add);
    int accepted = 0;
    while (lane.offer(task(done, accepted)) && accepted < 1000) {
      accepted++;
    }
    assertThat(accepted).isBetween(2, 100);
    assertThat(started).hasSize(1);
    started.removeFirst().run();
    assertThat(done).hasSize(accepted).isSorted();
    assertThat(lane.offer(() -> done.add(-1))).isTrue();
    assertThat(started).hasSize(1);
  }

  private static Runnable task(List<Integer> done, int number) {
    return () -> done.add(number);
  }
}
