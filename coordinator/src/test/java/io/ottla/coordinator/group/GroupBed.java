package io.ottla.coordinator.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.coordinator.Answer;
import io.ottla.coordinator.CoordinatorRuntime;
import io.ottla.coordinator.ErrorLog;
import io.ottla.coordinator.MemoryLog;
import io.ottla.coordinator.RequestContext;
import io.ottla.coordinator.group.consumer.TopicAuthorizer;
import io.ottla.coordinator.group.consumer.TopicCatalog;
import io.ottla.runtime.ManualClock;
import io.ottla.runtime.ManualShard;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.ProtocolWriter;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.HeartbeatRequest;
import io.ottla.wire.message.HeartbeatResponse;
import io.ottla.wire.message.JoinGroupRequest;
import io.ottla.wire.message.JoinGroupResponse;
import io.ottla.wire.message.LeaveGroupRequest;
import io.ottla.wire.message.LeaveGroupResponse;
import io.ottla.wire.message.OffsetCommitRequest;
import io.ottla.wire.message.OffsetCommitResponse;
import io.ottla.wire.message.OffsetFetchRequest;
import io.ottla.wire.message.OffsetFetchResponse;
import io.ottla.wire.message.SyncGroupRequest;
import io.ottla.wire.message.SyncGroupResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A group coordinator of one partition, turned by hand: its clock, its shard, its log, and the
 * requests of clients in short. Each response is also written out in the version it would leave in.
 */
final class GroupBed {

  static final String GROUP = "the-group";
  static final short JOIN_VERSION = 9;

  final ManualClock clock = new ManualClock(1_700_000_000_000L);
  final ManualShard shard = new ManualShard(0, 10_000, clock);
  final MemoryLog log = new MemoryLog(new TopicPartition("__consumer_offsets", 0));
  final Topics topics = new Topics();
  final GroupCoordinatorConfig config;
  final GroupCoordinator coordinator;
  private final Queue<Runnable> loads = new ArrayDeque<>();
  private int memberIds;
  private boolean isHighWatermarkHeld;
  private String expectedErrors;
  private TopicCatalog catalog = TopicCatalog.EMPTY;

  /** The topics there are. */
  static final class Topics implements TopicResolver {

    private final Map<String, Uuid> ids = new HashMap<>();
    private final Map<String, Integer> partitions = new HashMap<>();

    Topics() {
      add("t", new Uuid(7, 1), 10);
      add("u", new Uuid(7, 2), 10);
    }

    void add(String name, Uuid id, int partitionCount) {
      ids.put(name, id);
      partitions.put(name, partitionCount);
    }

    void remove(String name) {
      ids.remove(name);
      partitions.remove(name);
    }

    @Override
    public String topicName(Uuid topicId) {
      for (Map.Entry<String, Uuid> entry : ids.entrySet()) {
        if (entry.getValue().equals(topicId)) {
          return entry.getKey();
        }
      }
      return null;
    }

    @Override
    public Uuid topicId(String topicName) {
      return ids.getOrDefault(topicName, Uuid.ZERO);
    }

    @Override
    public boolean hasPartition(String topicName, int partition) {
      return partition >= 0 && partition < partitions.getOrDefault(topicName, 0);
    }
  }

  GroupBed() {
    this(GroupCoordinatorConfig.builder().initialRebalanceDelayMs(3_000).build());
  }

  GroupBed(GroupCoordinatorConfig config) {
    ErrorLog.clear();
    this.config = config;
    this.coordinator =
        new GroupCoordinator(
            config,
            1,
            partition -> shard,
            topics,
            TopicAuthorizer.ALL,
            () -> "id" + memberIds++,
            loads::add);
    log.onAppend(end -> shard.atEndOfBatch(this::followHighWatermark));
    coordinator.onElection(0, 1, log, log);
    turn();
  }

  private void followHighWatermark() {
    if (!isHighWatermarkHeld) {
      log.highWatermark(log.endOffset());
      coordinator.onHighWatermark(0, log.highWatermark());
    }
  }

  /** Replication stands still: nothing more gets below the high watermark. */
  void holdHighWatermark() {
    isHighWatermarkHeld = true;
  }

  void releaseHighWatermark() {
    isHighWatermarkHeld = false;
    followHighWatermark();
  }

  /** Tells the coordinator, and those that load its log, which topics there are. */
  void catalog(TopicCatalog topicCatalog) {
    catalog = topicCatalog;
    if (catalog != TopicCatalog.EMPTY) {
      coordinator.onTopics(catalog);
      turn();
    }
  }

  /** The next turn logs errors of this class. */
  void expectErrors(String className) {
    expectedErrors = className;
  }

  /** Runs all that can run now. */
  void turn() {
    do {
      shard.turn();
      for (Runnable load = loads.poll(); load != null; load = loads.poll()) {
        load.run();
      }
    } while (shard.turn() > 0 || !loads.isEmpty());
    if (expectedErrors == null) {
      ErrorLog.assertEmpty();
    } else {
      ErrorLog.expect(expectedErrors);
      expectedErrors = null;
    }
  }

  /** Lets time pass, timer by timer. */
  void pass(long ms) {
    long end = clock.nowNs() + TimeUnit.MILLISECONDS.toNanos(ms);
    while (true) {
      long next = Math.min(shard.nextDeadlineNs(), end);
      long stepMs = TimeUnit.NANOSECONDS.toMillis(Math.max(0, next - clock.nowNs()) + 999_999);
      clock.advanceMs(stepMs);
      turn();
      if (clock.nowNs() >= end) {
        return;
      }
    }
  }

  RequestContext context(int version) {
    return new RequestContext((short) version, "client", "/127.0.0.1");
  }

  /** Sends a request and turns the shard. */
  <R extends ApiMessage> Answer<R> ask(int version, Asking<R> request) {
    Answer<R> answer = new Answer<>();
    Consumer<R> checked =
        response -> {
          writeOut(response, (short) version);
          answer.accept(response);
        };
    assertThat(request.send(checked)).as("accepted").isTrue();
    turn();
    return answer;
  }

  /** A request on its way to the coordinator. */
  interface Asking<R> {
    boolean send(Consumer<R> callback);
  }

  private static void writeOut(ApiMessage response, short version) {
    ByteBuf out = Unpooled.buffer();
    int size = response.size(version);
    response.write(new ProtocolWriter(out), version);
    assertThat(out.readableBytes()).isEqualTo(size);
  }

  // Requests of members.

  static JoinGroupRequest joinRequest(String memberId) {
    return new JoinGroupRequest()
        .groupId(GROUP)
        .memberId(memberId)
        .protocolType("consumer")
        .sessionTimeoutMs(10_000)
        .rebalanceTimeoutMs(60_000)
        .protocols(List.of(protocol("range", "t"), protocol("roundrobin", "t")));
  }

  static JoinGroupRequest staticJoinRequest(String memberId, String instanceId) {
    return joinRequest(memberId).groupInstanceId(instanceId);
  }

  static JoinGroupRequest.JoinGroupRequestProtocol protocol(String name, String... topicNames) {
    return new JoinGroupRequest.JoinGroupRequestProtocol()
        .name(name)
        .metadata(subscription(topicNames));
  }

  static byte[] subscription(String... topicNames) {
    var message =
        new io.ottla.wire.message.ConsumerProtocolSubscription().topics(List.of(topicNames));
    ByteBuf out = Unpooled.buffer();
    short version = 1;
    out.writeShort(version);
    message.size(version);
    message.write(new ProtocolWriter(out), version);
    byte[] bytes = new byte[out.readableBytes()];
    out.readBytes(bytes);
    return bytes;
  }

  Answer<JoinGroupResponse> join(JoinGroupRequest request) {
    return join(request, JOIN_VERSION);
  }

  Answer<JoinGroupResponse> join(JoinGroupRequest request, int version) {
    return ask(version, callback -> coordinator.joinGroup(context(version), request, callback));
  }

  /** Asks for an id, and returns it. */
  String memberId() {
    JoinGroupResponse response = join(joinRequest("")).get();
    assertThat(error(response.errorCode())).isEqualTo(ErrorCode.MEMBER_ID_REQUIRED);
    return response.memberId();
  }

  /** A stable group of this many members, the leader first; each is assigned its own id. */
  List<String> stableGroup(int size) {
    List<String> memberIds = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      memberIds.add(memberId());
    }
    List<Answer<JoinGroupResponse>> joins = new ArrayList<>();
    memberIds.forEach(memberId -> joins.add(join(joinRequest(memberId))));
    pass(config.initialRebalanceDelayMs() * 2L);
    return stabilize(memberIds, joins);
  }

  /** Syncs members after another rebalance. */
  void stabilizeAgain(List<String> memberIds, Answer<JoinGroupResponse> leaderJoin) {
    stabilize(memberIds, List.of(leaderJoin));
  }

  /** Syncs members whose joins have been answered, the leader's first. */
  List<String> stabilize(List<String> memberIds, List<Answer<JoinGroupResponse>> joins) {
    JoinGroupResponse first = joins.get(0).get();
    assertThat(first.leader()).isEqualTo(memberIds.get(0));
    List<Answer<SyncGroupResponse>> syncs = new ArrayList<>();
    for (String memberId : memberIds.subList(1, memberIds.size())) {
      syncs.add(sync(syncRequest(memberId, first.generationId())));
    }
    String[] assignments =
        memberIds.stream().flatMap(id -> Stream.of(id, id)).toArray(String[]::new);
    syncs.add(0, sync(assigning(memberIds.get(0), first.generationId(), assignments)));
    for (int i = 0; i < memberIds.size(); i++) {
      SyncGroupResponse response = syncs.get(i).get();
      assertThat(error(response.errorCode())).isEqualTo(ErrorCode.NONE);
      assertThat(text(response.assignment())).isEqualTo(memberIds.get(i));
    }
    assertThat(group().state()).isEqualTo(ClassicGroupState.STABLE);
    return memberIds;
  }

  SyncGroupRequest syncRequest(String memberId, int generation) {
    return new SyncGroupRequest()
        .groupId(GROUP)
        .memberId(memberId)
        .generationId(generation)
        .protocolType("consumer")
        .protocolName("range");
  }

  /** The leader's: each member's assignment is the text given after its id. */
  SyncGroupRequest assigning(String memberId, int generation, String... assignments) {
    SyncGroupRequest request = syncRequest(memberId, generation);
    for (int i = 0; i < assignments.length; i += 2) {
      request
          .assignments()
          .add(
              new SyncGroupRequest.SyncGroupRequestAssignment()
                  .memberId(assignments[i])
                  .assignment(bytes(assignments[i + 1])));
    }
    return request;
  }

  Answer<SyncGroupResponse> sync(SyncGroupRequest request) {
    return sync(request, 5);
  }

  Answer<SyncGroupResponse> sync(SyncGroupRequest request, int version) {
    return ask(version, callback -> coordinator.syncGroup(context(version), request, callback));
  }

  Answer<HeartbeatResponse> heartbeat(HeartbeatRequest request) {
    return ask(4, callback -> coordinator.heartbeat(request, callback));
  }

  ErrorCode heartbeat(String memberId, int generation) {
    return error(
        heartbeat(new HeartbeatRequest().groupId(GROUP).memberId(memberId).generationId(generation))
            .get()
            .errorCode());
  }

  Answer<LeaveGroupResponse> leave(LeaveGroupRequest request, int version) {
    return ask(version, callback -> coordinator.leaveGroup(context(version), request, callback));
  }

  LeaveGroupResponse leave(String memberId) {
    return leave(
            new LeaveGroupRequest()
                .groupId(GROUP)
                .members(List.of(new LeaveGroupRequest.MemberIdentity().memberId(memberId))),
            5)
        .get();
  }

  // Offsets.

  static OffsetCommitRequest commitRequest(String memberId, int generation) {
    return new OffsetCommitRequest()
        .groupId(GROUP)
        .memberId(memberId)
        .generationIdOrMemberEpoch(generation);
  }

  static OffsetCommitRequest.OffsetCommitRequestTopic topicOffset(
      String topic, int partition, long offset) {
    return new OffsetCommitRequest.OffsetCommitRequestTopic()
        .name(topic)
        .partitions(
            List.of(
                new OffsetCommitRequest.OffsetCommitRequestPartition()
                    .partitionIndex(partition)
                    .committedOffset(offset)
                    .committedLeaderEpoch(3)
                    .committedMetadata("note")));
  }

  Answer<OffsetCommitResponse> commit(OffsetCommitRequest request, int version) {
    return ask(version, callback -> coordinator.commitOffsets(context(version), request, callback));
  }

  /** Commits one offset from outside of any membership. */
  ErrorCode commit(String groupId, String topic, int partition, long offset) {
    return onlyError(
        commit(
                commitRequest("", -1)
                    .groupId(groupId)
                    .topics(List.of(topicOffset(topic, partition, offset))),
                9)
            .get());
  }

  static ErrorCode onlyError(OffsetCommitResponse response) {
    return error(response.topics().get(0).partitions().get(0).errorCode());
  }

  Answer<OffsetFetchResponse> fetch(OffsetFetchRequest request, int version) {
    return ask(version, callback -> coordinator.fetchOffsets(context(version), request, callback));
  }

  /** The committed offset of one partition, -1 if there is none. */
  long committed(String groupId, String topic, int partition) {
    OffsetFetchRequest request =
        new OffsetFetchRequest()
            .groups(
                List.of(
                    new OffsetFetchRequest.OffsetFetchRequestGroup()
                        .groupId(groupId)
                        .topics(
                            List.of(
                                new OffsetFetchRequest.OffsetFetchRequestTopics()
                                    .name(topic)
                                    .partitionIndexes(List.of(partition))))));
    OffsetFetchResponse.OffsetFetchResponseGroup group = fetch(request, 9).get().groups().get(0);
    assertThat(error(group.errorCode())).isEqualTo(ErrorCode.NONE);
    return group.topics().get(0).partitions().get(0).committedOffset();
  }

  // What is inside.

  ClassicGroup group() {
    return group(GROUP);
  }

  ClassicGroup group(String groupId) {
    return runtime().machine().groups().findClassic(groupId);
  }

  CoordinatorRuntime<GroupShard> runtime() {
    return coordinator.runtime(0);
  }

  /** Loads the log into another coordinator and compares: what is persistent must be equal. */
  void assertReplayEqualsLiveState() {
    PersistentState.assertReplayed(runtime().machine(), reload().runtime().machine());
  }

  /** Another coordinator with the same log, as after a crash. */
  GroupBed reload() {
    GroupBed reloaded = new GroupBed(config);
    reloaded.catalog(catalog);
    copyLogTo(reloaded);
    return reloaded;
  }

  /** Has another bed, which has done nothing yet, load what this one has written. */
  void copyLogTo(GroupBed other) {
    assertThat(other.log.endOffset()).isZero();
    other.clock.advanceMs(clock.wallMs() - other.clock.wallMs());
    other.memberIds = memberIds + 1_000;
    for (long offset = 0; offset < log.endOffset(); ) {
      offset = other.log.appendBytes(log.batchAt(offset));
    }
    other.coordinator.onResignation(0);
    other.shard.turn();
    other.log.highWatermark(other.log.endOffset());
    other.coordinator.onElection(0, 2, other.log, other.log);
    other.turn();
  }

  Map<String, Map<String, Map<Integer, CommittedOffset>>> offsets() {
    return PersistentState.offsets(runtime().machine());
  }

  static ErrorCode error(short code) {
    return ErrorCode.forCode(code);
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
