package io.ottla.coordinator.group;

import static io.ottla.coordinator.group.GroupBed.GROUP;
import static io.ottla.coordinator.group.GroupBed.error;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.ottla.coordinator.Answer;
import io.ottla.coordinator.CoordinatorRecord;
import io.ottla.coordinator.group.consumer.ConsumerGroup;
import io.ottla.coordinator.group.consumer.ConsumerGroupSettings;
import io.ottla.coordinator.group.consumer.ConsumerMember;
import io.ottla.coordinator.group.consumer.MigrationPolicy;
import io.ottla.coordinator.group.consumer.TopicCatalog;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.ProtocolReader;
import io.ottla.wire.ProtocolWriter;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.ConsumerGroupHeartbeatRequest;
import io.ottla.wire.message.ConsumerGroupHeartbeatResponse;
import io.ottla.wire.message.ConsumerProtocolAssignment;
import io.ottla.wire.message.ConsumerProtocolSubscription;
import io.ottla.wire.message.JoinGroupRequest;
import io.ottla.wire.message.JoinGroupResponse;
import io.ottla.wire.message.SyncGroupResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** A {@link GroupBed} whose group has members of both protocols. */
final class MixedBed {

  static final String HEARTBEAT_HOST = "/127.0.0.1";

  final GroupBed bed;
  private int seenAppends;

  /** The topics of the bed, each with its partitions. */
  private record Catalog(GroupBed.Topics topics) implements TopicCatalog {

    private record One(Uuid id, String name, int partitionCount) implements Topic {
      @Override
      public List<String> racks(int partition) {
        return List.of();
      }
    }

    @Override
    public long version() {
      return 1;
    }

    @Override
    public long lastCreationVersion() {
      return 1;
    }

    @Override
    public Topic topic(Uuid id) {
      String name = topics.topicName(id);
      return name == null ? null : topic(name);
    }

    @Override
    public Topic topic(String name) {
      return names().contains(name) ? new One(topics.topicId(name), name, 10) : null;
    }

    @Override
    public Set<String> names() {
      return Set.of("t", "u");
    }
  }

  MixedBed(MigrationPolicy policy) {
    this(policy, GroupCoordinatorConfig.builder());
  }

  MixedBed(MigrationPolicy policy, GroupCoordinatorConfig.Builder config) {
    this(
        new GroupBed(
            config
                .initialRebalanceDelayMs(1_000)
                .consumerGroups(
                    groupId ->
                        new ConsumerGroupSettings(
                            45_000,
                            5_000,
                            true,
                            0,
                            10,
                            List.of("uniform", "range"),
                            policy,
                            600_000,
                            false))
                .build()));
  }

  private MixedBed(GroupBed bed) {
    this.bed = bed;
    bed.coordinator.onTopics(new Catalog(bed.topics));
    bed.turn();
    newRecords();
  }

  ConsumerGroup consumerGroup() {
    return bed.runtime().machine().groups().find(GROUP) instanceof ModernGroup group
        ? group.group()
        : null;
  }

  ConsumerMember member(String memberId) {
    return consumerGroup().member(memberId);
  }

  /** The keys of the records written since this was asked last, with + or, for tombstones, -. */
  List<String> newRecords() {
    List<String> keys = new ArrayList<>();
    while (seenAppends < bed.log.appends().size()) {
      for (CoordinatorRecord each : bed.log.appends().get(seenAppends++)) {
        keys.add((each.isTombstone() ? "-" : "+") + each.key().getClass().getSimpleName());
      }
    }
    return keys;
  }

  // The consumer protocol.

  static ConsumerGroupHeartbeatRequest beat(String memberId, int epoch) {
    return new ConsumerGroupHeartbeatRequest().groupId(GROUP).memberId(memberId).memberEpoch(epoch);
  }

  static ConsumerGroupHeartbeatRequest joining(String memberId, String... topics) {
    return beat(memberId, 0)
        .rebalanceTimeoutMs(30_000)
        .subscribedTopicNames(List.of(topics))
        .topicPartitions(List.of());
  }

  ConsumerGroupHeartbeatResponse send(ConsumerGroupHeartbeatRequest request) {
    return bed.ask(
            1,
            (GroupBed.Asking<ConsumerGroupHeartbeatResponse>)
                callback ->
                    bed.coordinator.consumerGroupHeartbeat(bed.context(1), request, callback))
        .get();
  }

  ErrorCode errorOf(ConsumerGroupHeartbeatRequest request) {
    return error(send(request).errorCode());
  }

  ConsumerGroupHeartbeatResponse ok(ConsumerGroupHeartbeatRequest request) {
    ConsumerGroupHeartbeatResponse response = send(request);
    assertThat(error(response.errorCode())).as(response.errorMessage()).isEqualTo(ErrorCode.NONE);
    return response;
  }

  // The classic protocol.

  /** Joins, with what it says it has. */
  JoinGroupRequest classicJoin(String memberId, Map<String, Set<Integer>> owned, String... topics) {
    List<ConsumerProtocolSubscription.TopicPartition> partitions = new ArrayList<>();
    new TreeMap<>(owned)
        .forEach(
            (topic, ofTopic) ->
                partitions.add(
                    new ConsumerProtocolSubscription.TopicPartition()
                        .topic(topic)
                        .partitions(List.copyOf(new TreeSet<>(ofTopic)))));
    byte[] subscription =
        bytes(
            new ConsumerProtocolSubscription().topics(List.of(topics)).ownedPartitions(partitions),
            (short) 3);
    return GroupBed.joinRequest(memberId)
        .rebalanceTimeoutMs(20_000)
        .protocols(
            List.of(
                new JoinGroupRequest.JoinGroupRequestProtocol()
                    .name("range")
                    .metadata(subscription)));
  }

  JoinGroupResponse join(JoinGroupRequest request) {
    Answer<JoinGroupResponse> answer = bed.join(request);
    assertThat(answer.hasCome()).isTrue();
    return answer.get();
  }

  JoinGroupResponse joined(JoinGroupRequest request) {
    JoinGroupResponse response = join(request);
    assertThat(error(response.errorCode())).isEqualTo(ErrorCode.NONE);
    return response;
  }

  SyncGroupResponse sync(String memberId, int generation) {
    return bed.sync(bed.syncRequest(memberId, generation)).get();
  }

  Map<String, Set<Integer>> synced(String memberId, int generation) {
    SyncGroupResponse response = sync(memberId, generation);
    assertThat(error(response.errorCode())).isEqualTo(ErrorCode.NONE);
    return assigned(response.assignment());
  }

  /** A classic group of members that are assigned, as a leader would have done it. */
  List<String> classicGroup(List<Map<String, Set<Integer>>> assignments) {
    List<String> ids = new ArrayList<>();
    List<Answer<JoinGroupResponse>> joins = new ArrayList<>();
    for (int i = 0; i < assignments.size(); i++) {
      ids.add(bed.memberId());
    }
    ids.forEach(id -> joins.add(bed.join(classicJoin(id, Map.of(), "t"))));
    bed.pass(2_000);
    int generation = joins.getLast().get().generationId();
    List<Answer<SyncGroupResponse>> syncs = new ArrayList<>();
    var leader = bed.syncRequest(ids.getFirst(), generation);
    for (int i = 0; i < ids.size(); i++) {
      leader
          .assignments()
          .add(
              new io.ottla.wire.message.SyncGroupRequest.SyncGroupRequestAssignment()
                  .memberId(ids.get(i))
                  .assignment(assignment(assignments.get(i), null)));
      if (i > 0) {
        syncs.add(bed.sync(bed.syncRequest(ids.get(i), generation)));
      }
    }
    syncs.add(bed.sync(leader));
    syncs.forEach(each -> assertThat(error(each.get().errorCode())).isEqualTo(ErrorCode.NONE));
    assertThat(bed.group().isIn(ClassicGroupState.STABLE)).isTrue();
    newRecords();
    return ids;
  }

  static byte[] assignment(Map<String, Set<Integer>> partitions, byte[] userData) {
    List<ConsumerProtocolAssignment.TopicPartition> topics = new ArrayList<>();
    partitions.forEach(
        (topic, ofTopic) ->
            topics.add(
                new ConsumerProtocolAssignment.TopicPartition()
                    .topic(topic)
                    .partitions(List.copyOf(ofTopic))));
    return bytes(
        new ConsumerProtocolAssignment().assignedPartitions(topics).userData(userData), (short) 1);
  }

  static byte[] bytes(ApiMessage message, short version) {
    var out = Unpooled.buffer();
    out.writeShort(version);
    message.size(version);
    message.write(new ProtocolWriter(out), version);
    byte[] bytes = new byte[out.readableBytes()];
    out.readBytes(bytes);
    return bytes;
  }

  static Map<String, Set<Integer>> assigned(byte[] bytes) {
    ProtocolReader reader = new ProtocolReader(Unpooled.wrappedBuffer(bytes));
    ConsumerProtocolAssignment parsed = new ConsumerProtocolAssignment();
    parsed.read(reader, reader.readShort());
    Map<String, Set<Integer>> result = new HashMap<>();
    parsed
        .assignedPartitions()
        .forEach(each -> result.put(each.topic(), new HashSet<>(each.partitions())));
    return result;
  }
}
