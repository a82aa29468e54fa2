package io.ottla.coordinator.group;

import static io.ottla.coordinator.group.GroupBed.GROUP;
import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordinator.Answer;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.DeleteGroupsRequest;
import io.ottla.wire.message.DeleteGroupsResponse;
import io.ottla.wire.message.ListGroupsRequest;
import io.ottla.wire.message.ListGroupsResponse;
import io.ottla.wire.message.OffsetCommitRequest;
import io.ottla.wire.message.OffsetDeleteRequest;
import io.ottla.wire.message.OffsetDeleteResponse;
import io.ottla.wire.message.OffsetFetchRequest;
import io.ottla.wire.message.OffsetFetchResponse;
import io.ottla.wire.message.TxnOffsetCommitRequest;
import io.ottla.wire.message.TxnOffsetCommitResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRecord;

/**
 * Both coordinators load the same random group, and are then asked at random for what concerns its
 * offsets: their answers and their offsets must be the same.
 */
final class OffsetComparison {

  private static final String[] TOPICS = {"t", "u"};
  private static final int PARTITIONS = 3;
  private static final long FIRST_PRODUCER_ID = 100;
  private static final long DAY_MS = 86_400_000;

  private final Random random;
  private final List<String> transcript = new ArrayList<>();
  private final KafkaGroupRecords group;
  private final GroupBed ours;
  private final KafkaGroups theirs;
  private int exchanges;

  OffsetComparison(long seed) {
    random = new Random(seed);
    group = new KafkaGroupRecords(random);
    List<CoordinatorRecord> log = group.records();
    ours =
        KafkaLog.load(
            new GroupBed(GroupCoordinatorConfig.builder().initialRebalanceDelayMs(3_000).build()),
            log);
    theirs = new KafkaGroups(ours.clock.wallMs(), 3_000, new KafkaTopics(ours.topics), log);
    transcript.add(log.toString());
  }

  /** Returns how many requests were compared. */
  int run(int steps) {
    compare();
    for (int i = 0; i < steps; i++) {
      step();
      compare();
    }
    ours.assertReplayEqualsLiveState();
    return exchanges;
  }

  String transcript() {
    return String.join("\n", transcript);
  }

  private void step() {
    int choice = random.nextInt(100);
    if (choice < 40) {
      commit();
    } else if (choice < 60) {
      commitInTransaction();
    } else if (choice < 70) {
      endTransaction();
    } else if (choice < 85) {
      fetch();
    } else if (choice < 92) {
      deleteOffsets();
    } else if (choice < 95) {
      deleteGroup();
    } else if (choice < 96) {
      deleteTopic();
    } else {
      // Members would be removed after 45 s without a heartbeat.
      long ms = group.hasMembers() ? 100 : random.nextLong(3 * DAY_MS);
      transcript.add("pass " + ms);
      ours.pass(ms);
      theirs.pass(ms);
    }
  }

  private void compare() {
    TreeMap<String, String> mine = new TreeMap<>();
    OffsetFetchRequest request =
        new OffsetFetchRequest()
            .requireStable(true)
            .groups(
                List.of(
                    new OffsetFetchRequest.OffsetFetchRequestGroup().groupId(GROUP).topics(null)));
    for (OffsetFetchResponse.OffsetFetchResponseTopics topic :
        ours.fetch(request, 9).get().groups().get(0).topics()) {
      topic
          .partitions()
          .forEach(
              partition ->
                  mine.put(
                      topic.name() + partition.partitionIndex(),
                      partition.committedOffset() + " " + partition.errorCode()));
    }
    TreeMap<String, String> kafkas = new TreeMap<>();
    for (OffsetFetchResponseData.OffsetFetchResponseTopics topic :
        theirs
            .fetch(
                new OffsetFetchRequestData.OffsetFetchRequestGroup()
                    .setGroupId(GROUP)
                    .setTopics(null))
            .topics()) {
      topic
          .partitions()
          .forEach(
              partition ->
                  kafkas.put(
                      topic.name() + partition.partitionIndex(),
                      partition.committedOffset() + " " + partition.errorCode()));
    }
    assertThat(mine).as("offsets").isEqualTo(kafkas);
    TreeSet<String> mineListed = new TreeSet<>();
    Answer<ListGroupsResponse> list =
        ours.ask(5, callback -> ours.coordinator.listGroups(new ListGroupsRequest(), callback));
    list.get()
        .groups()
        .forEach(
            each ->
                mineListed.add(
                    each.groupId()
                        + " "
                        + each.groupState()
                        + " "
                        + each.groupType()
                        + " "
                        + each.protocolType()));
    TreeSet<String> kafkasListed = new TreeSet<>();
    for (ListGroupsResponseData.ListedGroup each : theirs.list()) {
      kafkasListed.add(
          each.groupId()
              + " "
              + each.groupState()
              + " "
              + each.groupType()
              + " "
              + each.protocolType());
    }
    assertThat(mineListed).as("groups").isEqualTo(kafkasListed);
  }

  private String topic() {
    return TOPICS[random.nextInt(TOPICS.length)];
  }

  private Uuid kafkaId(String topic) {
    io.ottla.wire.Uuid id = ours.topics.topicId(topic);
    return new Uuid(id.mostSignificantBits(), id.leastSignificantBits());
  }

  private void commit() {
    String topic = topic();
    int partition = random.nextInt(PARTITIONS);
    long offset = random.nextInt(1_000);
    String memberId = group.anyMemberId(random);
    int epoch = group.anyEpoch(random);
    int version = 8 + random.nextInt(3);
    short kafkas =
        theirs
            .commit(
                new OffsetCommitRequestData()
                    .setGroupId(GROUP)
                    .setMemberId(memberId)
                    .setGenerationIdOrMemberEpoch(epoch)
                    .setTopics(
                        List.of(
                            new OffsetCommitRequestData.OffsetCommitRequestTopic()
                                .setName(topic)
                                .setTopicId(kafkaId(topic))
                                .setPartitions(
                                    List.of(
                                        new OffsetCommitRequestData.OffsetCommitRequestPartition()
                                            .setPartitionIndex(partition)
                                            .setCommittedOffset(offset)
                                            .setCommittedMetadata(""))))),
                version)
            .code();
    transcript.add(
        "commit v%d %s-%d %d by %s in %d: %s"
            .formatted(
                version, topic, partition, offset, memberId, epoch, ErrorCode.forCode(kafkas)));
    OffsetCommitRequest.OffsetCommitRequestTopic mineTopic =
        GroupBed.topicOffset(topic, partition, offset);
    if (version == 10) {
      mineTopic.topicId(ours.topics.topicId(topic)).name("");
    }
    ErrorCode mine =
        GroupBed.onlyError(
            ours.commit(GroupBed.commitRequest(memberId, epoch).topics(List.of(mineTopic)), version)
                .get());
    assertThat(mine).as("commit").isEqualTo(ErrorCode.forCode(kafkas));
    exchanges++;
  }

  private void commitInTransaction() {
    long producerId = FIRST_PRODUCER_ID + random.nextInt(2);
    String topic = topic();
    int partition = random.nextInt(PARTITIONS);
    long offset = random.nextInt(1_000);
    boolean isAnonymous = random.nextBoolean();
    String memberId = isAnonymous ? "" : group.anyMemberId(random);
    int epoch = isAnonymous ? -1 : group.anyEpoch(random);
    short kafkas =
        theirs
            .commit(
                new TxnOffsetCommitRequestData()
                    .setGroupId(GROUP)
                    .setProducerId(producerId)
                    .setProducerEpoch((short) 0)
                    .setMemberId(memberId)
                    .setGenerationId(epoch)
                    .setTopics(
                        List.of(
                            new TxnOffsetCommitRequestData.TxnOffsetCommitRequestTopic()
                                .setName(topic)
                                .setPartitions(
                                    List.of(
                                        new TxnOffsetCommitRequestData
                                                .TxnOffsetCommitRequestPartition()
                                            .setPartitionIndex(partition)
                                            .setCommittedOffset(offset)
                                            .setCommittedMetadata(""))))))
            .code();
    transcript.add(
        "producer %d commits %s-%d %d by %s in %d: %s"
            .formatted(
                producerId, topic, partition, offset, memberId, epoch, ErrorCode.forCode(kafkas)));
    TxnOffsetCommitRequest request =
        TransactionalOffsetsTest.commitRequest(producerId, topic, partition, offset)
            .memberId(memberId)
            .generationIdOrMemberEpoch(epoch);
    Answer<TxnOffsetCommitResponse> answer =
        ours.ask(
            5,
            callback ->
                ours.coordinator.commitTransactionalOffsets(
                    ours.context(5), request, null, callback));
    assertThat(TransactionalOffsetsTest.onlyError(answer.get()))
        .as("transactional commit")
        .isEqualTo(ErrorCode.forCode(kafkas));
    exchanges++;
  }

  private void endTransaction() {
    long producerId = FIRST_PRODUCER_ID + random.nextInt(2);
    boolean isCommitted = random.nextBoolean();
    transcript.add("producer " + producerId + (isCommitted ? " commits" : " aborts"));
    theirs.endTransaction(producerId, isCommitted);
    TransactionalOffsetsTest.end(ours, producerId, isCommitted);
  }

  private void fetch() {
    String topic = topic();
    String memberId = random.nextInt(3) == 0 ? null : group.anyMemberId(random);
    int epoch = memberId == null ? -1 : group.anyEpoch(random);
    OffsetFetchRequest request =
        new OffsetFetchRequest()
            .requireStable(true)
            .groups(
                List.of(
                    new OffsetFetchRequest.OffsetFetchRequestGroup()
                        .groupId(GROUP)
                        .memberId(memberId)
                        .memberEpoch(epoch)
                        .topics(
                            List.of(
                                new OffsetFetchRequest.OffsetFetchRequestTopics()
                                    .name(topic)
                                    .partitionIndexes(List.of(0, 1, 2))))));
    OffsetFetchResponse.OffsetFetchResponseGroup mine =
        ours.fetch(request, 9).get().groups().get(0);
    List<String> kafkas = new ArrayList<>();
    short kafkaError = 0;
    try {
      theirs
          .fetch(
              new OffsetFetchRequestData.OffsetFetchRequestGroup()
                  .setGroupId(GROUP)
                  .setMemberId(memberId)
                  .setMemberEpoch(epoch)
                  .setTopics(
                      List.of(
                          new OffsetFetchRequestData.OffsetFetchRequestTopics()
                              .setName(topic)
                              .setPartitionIndexes(List.of(0, 1, 2)))))
          .topics()
          .get(0)
          .partitions()
          .forEach(
              partition -> kafkas.add(partition.committedOffset() + " " + partition.errorCode()));
    } catch (org.apache.kafka.common.errors.ApiException e) {
      kafkaError = org.apache.kafka.common.protocol.Errors.forException(e).code();
    }
    transcript.add("fetch of " + topic + " by " + memberId + " in " + epoch + ": " + kafkaError);
    assertThat(mine.errorCode()).as("fetch").isEqualTo(kafkaError);
    List<String> mineOffsets = new ArrayList<>();
    mine.topics()
        .forEach(
            each ->
                each.partitions()
                    .forEach(
                        partition ->
                            mineOffsets.add(
                                partition.committedOffset() + " " + partition.errorCode())));
    assertThat(mineOffsets).as("fetched").isEqualTo(kafkas);
    exchanges++;
  }

  private void deleteOffsets() {
    String topic = topic();
    int partition = random.nextInt(PARTITIONS);
    var kafkaPartitions = new OffsetDeleteRequestData.OffsetDeleteRequestPartition();
    var kafkaTopics = new OffsetDeleteRequestData.OffsetDeleteRequestTopicCollection();
    kafkaTopics.add(
        new OffsetDeleteRequestData.OffsetDeleteRequestTopic()
            .setName(topic)
            .setPartitions(List.of(kafkaPartitions.setPartitionIndex(partition))));
    OffsetDeleteResponseData kafkas =
        theirs.delete(new OffsetDeleteRequestData().setGroupId(GROUP).setTopics(kafkaTopics));
    Answer<OffsetDeleteResponse> mine =
        ours.ask(
            0,
            callback ->
                ours.coordinator.deleteOffsets(
                    new OffsetDeleteRequest()
                        .groupId(GROUP)
                        .topics(
                            List.of(
                                new OffsetDeleteRequest.OffsetDeleteRequestTopic()
                                    .name(topic)
                                    .partitions(
                                        List.of(
                                            new OffsetDeleteRequest.OffsetDeleteRequestPartition()
                                                .partitionIndex(partition))))),
                    callback));
    transcript.add("delete offset of " + topic + "-" + partition + ": " + kafkas);
    assertThat(mine.get().errorCode()).as("delete offset").isEqualTo(kafkas.errorCode());
    if (kafkas.errorCode() == 0) {
      assertThat(mine.get().topics().get(0).partitions().get(0).errorCode())
          .as("delete offset of a partition")
          .isEqualTo(kafkas.topics().find(topic).partitions().find(partition).errorCode());
    }
    exchanges++;
  }

  private void deleteGroup() {
    Answer<DeleteGroupsResponse> mine =
        ours.ask(
            2,
            callback ->
                ours.coordinator.deleteGroups(
                    new DeleteGroupsRequest().groupsNames(List.of(GROUP)), callback));
    short kafkas = theirs.deleteGroup(GROUP).code();
    transcript.add("delete group: " + kafkas);
    assertThat(mine.get().results().get(0).errorCode()).as("delete group").isEqualTo(kafkas);
    exchanges++;
  }

  private void deleteTopic() {
    String topic = topic();
    transcript.add("topic " + topic + " is deleted, and made again");
    theirs.deleteTopic(topic, kafkaId(topic));
    ours.coordinator.onTopicDeleted(ours.topics.topicId(topic), topic);
    ours.turn();
  }
}
