package io.ottla.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.metadata.image.NodeIds;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.AlterPartitionRequest;
import io.ottla.wire.message.AlterPartitionResponse;
import io.ottla.wire.record.RecordBatchBuilder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Three brokers, one partition, led by broker 1 at first; two in-sync replicas are wanted. */
class ReplicationTest {

  private static final NodeIds ALL = NodeIds.of(1, 2, 3);

  private TestCluster cluster = TestCluster.ofThree(1, 2);

  private Partition partition(int broker) {
    return cluster.broker(broker).partition(0);
  }

  private long highWatermark(int broker) {
    return partition(broker).view().highWatermark();
  }

  private long end(int broker) {
    return partition(broker).view().logEndOffset();
  }

  private void produce(String... values) {
    for (String value : values) {
      assertThat(cluster.produce(0, value)).as("%s is taken", value).isTrue();
    }
  }

  private void produceUntilAcked(String... values) {
    produce(values);
    cluster.until(() -> cluster.ackedValues().contains(values[values.length - 1]));
  }

  private List<Integer> isr() {
    return cluster.controller.partition(0).isr().asList().stream().sorted().toList();
  }

  private void untilAllInSync() {
    cluster.until(() -> isr().size() == 3 && cluster.isEqual(0));
    cluster.checkAcked();
  }

  private void lead(int broker) {
    cluster.controller.elect(0, broker);
    int epoch = cluster.controller.partition(0).leaderEpoch();
    cluster.until(() -> partition(broker).leaderEpoch() == epoch);
  }

  private AlterPartitionResponse refuse(AlterPartitionRequest request, ErrorCode error) {
    AlterPartitionResponse response = new AlterPartitionResponse();
    for (AlterPartitionRequest.TopicData topic : request.topics()) {
      AlterPartitionResponse.TopicData answered =
          new AlterPartitionResponse.TopicData().topicId(topic.topicId());
      topic
          .partitions()
          .forEach(
              it ->
                  answered
                      .partitions()
                      .add(
                          new AlterPartitionResponse.PartitionData()
                              .partitionIndex(it.partitionIndex())
                              .errorCode(error.code())));
      response.topics().add(answered);
    }
    return response;
  }

  @Test
  void acknowledgesWhatAllInSyncReplicasHave() {
    produceUntilAcked("a", "b", "c");

    assertThat(end(2)).isEqualTo(3);
    assertThat(end(3)).isEqualTo(3);
    assertThat(highWatermark(1)).isEqualTo(3);
    cluster.run(300);
    assertThat(highWatermark(2)).as("the follower learns of it").isEqualTo(3);
    assertThat(cluster.isEqual(0)).isTrue();
  }

  @Test
  void goesOnWithAnotherLeaderWhenTheFirstIsGone() {
    produceUntilAcked("a", "b");
    cluster.broker(1).crash(new Random(3));
    cluster.controller.fence(1);
    cluster.until(() -> partition(2).role().isLeader());

    produceUntilAcked("c", "d");
    cluster.broker(1).start(false);

    untilAllInSync();
    assertThat(cluster.ackedValues()).containsExactly("a", "b", "c", "d");
  }

  @Test
  void tellsThoseWhoWaitAtALeaderThatLeadsNoMore() {
    cluster.network.cut(1, 2);
    cluster.network.cut(1, 3);
    produce("lost");
    lead(2);
    cluster.run(10);

    assertThat(cluster.failed).containsExactly("lost NOT_LEADER_OR_FOLLOWER");
    assertThat(cluster.produceTo(cluster.broker(1), 0, "late")).isFalse();
  }

  @Test
  void keepsWhatAFollowerHasAboveItsHighWatermarkWhenItRestartsAndLeads() {
    // KIP-101, first scenario: to cut at the high watermark would lose what was acknowledged.
    produceUntilAcked("a");
    cluster.run(300);
    cluster.broker(2).checkpoint();
    produceUntilAcked("b");
    cluster.broker(2).crash(null);
    cluster.broker(3).crash(null);
    cluster.network.cut(1, 2);
    cluster.broker(2).start(true);
    cluster.run(20);
    assertThat(highWatermark(2)).as("it knows of the first only").isEqualTo(1);
    cluster.broker(1).crash(null);
    cluster.controller.fence(1);
    cluster.until(() -> partition(2).role().isLeader());

    cluster.network.heal();
    cluster.broker(1).start(true);
    cluster.broker(3).start(true);
    produceUntilAcked("c");

    untilAllInSync();
    assertThat(cluster.broker(2).lines(0, 3)).hasSize(3);
  }

  @Test
  void findsWhereLogsPartAfterSeveralFastElections() {
    // KIP-279: the leader's answer names an epoch that the follower does not know.
    cluster = TestCluster.ofThree(2, 1);
    produceUntilAcked("a0");
    untilAllInSync();
    cluster.broker(3).crash(null);
    cluster.network.cut(1, 2);
    lead(1);
    produce("a1");
    lead(2);
    produce("b1", "b2");
    lead(1);
    produce("a2");
    assertThat(partition(2).view().leaderEpochs().toString()).contains("2@1");

    cluster.network.heal();
    cluster.broker(3).start(true);
    cluster.until(() -> cluster.isEqual(0));

    assertThat(cluster.broker(2).lines(0, 3))
        .extracting(line -> line.substring(line.lastIndexOf(' ') + 1))
        .containsExactly("a0", "a1", "a2");
  }

  @Test
  void dropsWhatAFormerLeaderWroteAloneAndWhatItKnewOfProducers() {
    cluster.network.cut(1, 2);
    cluster.network.cut(1, 3);
    CommitListener nobody =
        new CommitListener() {
          @Override
          public void onCommitted() {}

          @Override
          public void onFailed(ErrorCode error) {}
        };
    assertThat(cluster.broker(1).append(0, idempotent(0), nobody).baseOffset()).isZero();
    lead(2);
    produceUntilAcked("other");
    cluster.network.heal();
    untilAllInSync();

    lead(1);
    var again = cluster.broker(1).append(0, idempotent(0), nobody);

    assertThat(again.duplicate()).as("what was dropped is no duplicate").isFalse();
    assertThat(again.baseOffset()).isEqualTo(1);
    assertThat(cluster.broker(1).append(0, idempotent(0), nobody).duplicate()).isTrue();
  }

  private static ByteBuf idempotent(int sequence) {
    try (RecordBatchBuilder builder = new RecordBatchBuilder(Unpooled.buffer())) {
      builder.producer(77, (short) 0, sequence);
      builder.append(1_000L, (byte[]) null, "once".getBytes(StandardCharsets.UTF_8));
      return builder.build();
    }
  }

  @Test
  void takesNoMoreWhenTooFewAreInSync() {
    produceUntilAcked("a");
    cluster.network.cut(1, 2);
    cluster.network.cut(1, 3);
    produce("b");
    cluster.until(() -> isr().equals(List.of(1)));
    cluster.run(20);

    assertThat(cluster.produce(0, "c")).isFalse();
    assertThat(cluster.failed).containsExactly("c NOT_ENOUGH_REPLICAS");
    assertThat(highWatermark(1)).as("nothing is committed by one alone").isEqualTo(1);
    cluster.run(5_000);
    assertThat(cluster.failed).contains("b REQUEST_TIMED_OUT");
    assertThat(highWatermark(1)).isEqualTo(1);

    cluster.network.heal();
    untilAllInSync();
    cluster.until(() -> highWatermark(1) == 2);
  }

  @Test
  void goesOnWithoutAFollowerThatIsBehindForTooLong() {
    cluster.network.cut(1, 3);
    produceUntilAcked("a");

    assertThat(isr()).containsExactly(1, 2);
    cluster.network.heal();
    untilAllInSync();
  }

  @Test
  void countsAProposedReplicaUntilTheControllerHasAnswered() {
    cluster.broker(3).crash(null);
    produceUntilAcked("a");
    assertThat(isr()).containsExactly(1, 2);
    cluster.controller.instead =
        _ -> new AlterPartitionResponse().errorCode(ErrorCode.REQUEST_TIMED_OUT.code());
    int before = cluster.controller.proposals;
    cluster.broker(3).start(true);
    cluster.until(() -> cluster.controller.proposals > before);

    cluster.network.cut(1, 3);
    produce("b");
    cluster.run(4_000);
    assertThat(cluster.ackedValues())
        .as("the controller may have taken it in")
        .containsExactly("a");

    cluster.controller.instead = null;
    cluster.until(() -> cluster.ackedValues().contains("b"));
    assertThat(isr()).as("taken in, then left behind").containsExactly(1, 2);
  }

  @Test
  void goesOnWithTheCommittedReplicasWhenAProposalIsRefused() {
    cluster.broker(3).crash(null);
    produceUntilAcked("a");
    cluster.controller.instead = request -> refuse(request, ErrorCode.INELIGIBLE_REPLICA);
    int before = cluster.controller.proposals;
    cluster.broker(3).start(true);
    cluster.until(() -> cluster.controller.proposals > before);
    cluster.broker(3).crash(null);

    produceUntilAcked("b");
    assertThat(isr()).containsExactly(1, 2);
    cluster.controller.instead = null;
    cluster.broker(3).start(true);
    untilAllInSync();
  }

  @Test
  void waitsForTheMetadataWhenItsStateIsOld() {
    cluster.broker(3).crash(null);
    produceUntilAcked("a");
    cluster.controller.instead = request -> refuse(request, ErrorCode.INVALID_UPDATE_VERSION);
    int before = cluster.controller.proposals;
    cluster.broker(3).start(true);
    cluster.until(() -> cluster.controller.proposals > before);
    cluster.run(500);
    assertThat(cluster.controller.proposals).as("no second proposal").isEqualTo(before + 1);

    cluster.controller.instead = null;
    cluster.controller.elect(0, 1);
    untilAllInSync();
  }

  @Test
  void givesAFollowerThatIsBehindRetentionWhatThereIs() {
    cluster.broker(3).crash(null);
    produceUntilAcked("a");
    for (int i = 0; i < 60; i++) {
      produceUntilAcked("value-" + i);
    }
    assertThat(partition(1).deleteRecordsBefore(50)).isEqualTo(50);
    cluster.acked.removeIf(record -> record.offset() < 50);
    cluster.run(300);
    assertThat(partition(2).view().logStartOffset()).as("the follower follows").isEqualTo(50);
    cluster.broker(3).start(true);

    untilAllInSync();
    assertThat(partition(3).view().logStartOffset()).isEqualTo(50);
  }

  @Test
  void takesNobodyInWhoIsAtAnOldHighWatermark() {
    produceUntilAcked("a");
    cluster.run(300);
    cluster.network.cut(1, 3);
    produceUntilAcked("b", "c");
    assertThat(isr()).containsExactly(1, 2);
    cluster.broker(1).crash(null);
    cluster.network.cutOneWay(2, 3);
    cluster.controller.fence(1);
    cluster.until(() -> partition(2).role().isLeader());
    assertThat(highWatermark(2)).as("what is committed is not known yet").isLessThan(3);
    int before = cluster.controller.proposals;
    cluster.run(500);
    assertThat(cluster.controller.proposals)
        .as("broker 3 asks, and gets nothing")
        .isEqualTo(before);

    cluster.network.heal();
    cluster.broker(1).start(true);
    untilAllInSync();
  }

  @Test
  void believesNoProcessThatWasReplaced() {
    produceUntilAcked("a");
    long old = cluster.broker(3).epoch();
    cluster.broker(3).crash(null);
    cluster.broker(3).start(false);
    untilAllInSync();

    FollowerFetch late = new FollowerFetch(3, old, partition(1).leaderEpoch(), 1, 0);
    assertThat(partition(1).onFollowerFetch(late)).isEqualTo(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    FollowerFetch stranger = new FollowerFetch(9, 1, partition(1).leaderEpoch(), 1, 0);
    assertThat(partition(1).onFollowerFetch(stranger)).isEqualTo(ErrorCode.UNKNOWN_LEADER_EPOCH);
    FollowerFetch early = new FollowerFetch(3, old, partition(1).leaderEpoch() + 1, 1, 0);
    assertThat(partition(1).onFollowerFetch(early)).isEqualTo(ErrorCode.UNKNOWN_LEADER_EPOCH);
  }

  @Test
  void proposesTheProcessThatFetchedAndOnlyOneThatIsRegistered() {
    cluster.broker(3).crash(null);
    produceUntilAcked("a");
    List<AlterPartitionRequest> seen = new ArrayList<>();
    cluster.controller.instead =
        request -> {
          seen.add(request);
          return refuse(request, ErrorCode.INVALID_UPDATE_VERSION);
        };
    cluster.broker(3).start(true);
    cluster.until(() -> !seen.isEmpty());

    assertThat(seen.getFirst().topics().getFirst().partitions().getFirst().newIsrWithEpochs())
        .extracting(AlterPartitionRequest.BrokerState::brokerEpoch)
        .containsExactlyInAnyOrder(
            cluster.broker(1).epoch(), cluster.broker(2).epoch(), cluster.broker(3).epoch());
    KnownBrokers brokers = new KnownBrokers();
    brokers.update(cluster.controller.image());
    assertThat(brokers.mayBeInSync(3, cluster.broker(3).epoch())).isTrue();
    assertThat(brokers.mayBeInSync(3, cluster.broker(3).epoch() - 1)).isFalse();
    assertThat(brokers.mayBeInSync(3, -1)).isFalse();
    assertThat(brokers.mayBeInSync(9, 1)).isFalse();
  }

  @Test
  void setsTheLogOfAnEarlierTopicAside() {
    produceUntilAcked("a");
    cluster.broker(3).crash(null);
    cluster.controller.recreateTopic(NodeIds.of(1, 2, 3));
    cluster.acked.clear();
    cluster.broker(3).start(true);
    cluster.until(() -> cluster.isEqual(0));
    produceUntilAcked("b");

    untilAllInSync();
    assertThat(cluster.broker(3).lines(0, 10)).hasSize(1);
    assertThat(cluster.broker(3).directories()).anyMatch(name -> name.endsWith("-stray"));
    assertThat(cluster.broker(1).directories()).anyMatch(name -> name.endsWith("-delete"));
  }

  @Test
  void followsALeaderThatWasElectedWithoutHavingAll() {
    cluster = TestCluster.ofThree(4, 1);
    produceUntilAcked("a");
    untilAllInSync();
    cluster.network.cut(1, 3);
    cluster.network.cut(2, 3);
    produceUntilAcked("b", "c");
    assertThat(isr()).containsExactly(1, 2);
    cluster.controller.elect(0, 3);
    cluster.network.heal();
    cluster.until(() -> cluster.isEqual(0));

    assertThat(end(1)).as("what was unclean is lost").isEqualTo(1);
    cluster.acked.removeIf(record -> record.offset() > 0);
    untilAllInSync();
  }

  @Test
  void doesNotActAsLeaderWhileItIsCutOffFromTheController() {
    produceUntilAcked("a");
    cluster.broker(1).partitions().fenceSelf(true);
    cluster.run(5);

    assertThat(partition(1).role().kind()).isEqualTo(PartitionRole.Kind.NONE);
    assertThat(cluster.produce(0, "b")).isFalse();
    assertThat(partition(1).role().check(-1, partition(1).role().kind() != PartitionRole.Kind.NONE))
        .isEqualTo(ErrorCode.NOT_LEADER_OR_FOLLOWER);

    cluster.broker(1).partitions().fenceSelf(false);
    cluster.run(5);
    produceUntilAcked("c");
    untilAllInSync();
  }

  @Test
  void takesAwayAReplicaThatWasMoved() {
    produceUntilAcked("a");
    cluster.controller.assign(0, NodeIds.of(1, 2));
    cluster.run(20);

    assertThat(partition(3)).isNull();
    produceUntilAcked("b");
    cluster.controller.assign(0, ALL);
    untilAllInSync();
  }

  @Test
  void aNewLeaderSaysWhereItsEpochBegan() {
    produceUntilAcked("a");
    cluster.network.cut(1, 2);
    cluster.network.cut(2, 3);
    lead(2);

    assertThat(partition(2).role().epochStartOffset()).isEqualTo(1);
    assertThat(highWatermark(2)).as("not known yet").isLessThanOrEqualTo(1);
    cluster.network.heal();
    cluster.until(() -> highWatermark(2) >= partition(2).role().epochStartOffset());
  }

  @Test
  void asksOnceForAllThatWaits() {
    cluster = new TestCluster(5, 1);
    cluster.start(1, 2);
    cluster.controller.createTopic(50, NodeIds.of(1, 2));
    cluster.run(50);
    cluster.broker(2).crash(null);
    for (int i = 0; i < 50; i++) {
      assertThat(cluster.produce(i, "a")).isTrue();
    }
    cluster.until(() -> cluster.acked.size() == 50);

    assertThat(cluster.controller.proposals).isLessThan(10);
  }
}
