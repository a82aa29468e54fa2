package io.ottla.coordinator.group.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordinator.Answer;
import io.ottla.coordinator.CoordinatorContext;
import io.ottla.coordinator.CoordinatorRecord;
import io.ottla.coordinator.CoordinatorRuntime;
import io.ottla.coordinator.CoordinatorShard;
import io.ottla.coordinator.ErrorLog;
import io.ottla.coordinator.MemoryLog;
import io.ottla.coordinator.RequestContext;
import io.ottla.coordinator.group.journal.JournalLimits;
import io.ottla.coordinator.group.journal.JournalStore;
import io.ottla.runtime.ManualClock;
import io.ottla.runtime.ManualShard;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.ConsumerGroupDescribeResponse;
import io.ottla.wire.message.ConsumerGroupHeartbeatRequest;
import io.ottla.wire.message.ConsumerGroupHeartbeatResponse;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The consumer groups of one partition, turned by hand: clock, shard, log, topics, and the
 * heartbeats of members in short. What is offloaded waits until it is told to run.
 */
final class ConsumerBed {

  static final String GROUP = "the-group";
  static final String HOST = "localhost/127.0.0.1";
  static final int TIMEOUT_MS = 30_000;

  /** Assigns at once, and tells a fixed interval. */
  static final ConsumerGroupSettings SETTINGS =
      new ConsumerGroupSettings(
          45_000,
          5_000,
          true,
          0,
          Integer.MAX_VALUE,
          List.of("uniform", "range"),
          MigrationPolicy.BIDIRECTIONAL,
          600_000,
          true);

  /** Nothing but consumer groups. */
  static final class Machine implements CoordinatorShard {
    final ConsumerGroups groups;

    Machine(ConsumerGroups groups) {
      this.groups = groups;
    }

    @Override
    public void replay(long offset, long producerId, CoordinatorRecord record) {
      assertThat(groups.replay(record)).isTrue();
    }

    @Override
    public void replayEndTransaction(long producerId, boolean committed) {}

    @Override
    public void onLoaded() {
      groups.onLoaded();
    }

    @Override
    public void onUnloaded(ErrorCode error) {
      groups.onUnloaded(error);
    }
  }

  final ManualClock clock;
  final ManualShard shard;
  final MemoryLog log = new MemoryLog(new TopicPartition("__consumer_offsets", 0));
  final CoordinatorRuntime<Machine> runtime;
  final Queue<Runnable> offloaded = new ArrayDeque<>();
  final JournalStore journal = new JournalStore(JournalLimits.keptFor(86_400_000), 1);
  ConsumerGroupSettings settings = SETTINGS;
  TopicAuthorizer authorizer = TopicAuthorizer.ALL;
  TestTopics topics = TestTopics.NONE;
  private int memberIds;
  private int seenAppends;

  ConsumerBed() {
    this(1_700_000_000_000L);
  }

  ConsumerBed(long wallMs) {
    ErrorLog.clear();
    clock = new ManualClock(wallMs);
    shard = new ManualShard(0, 10_000, clock);
    runtime =
        new CoordinatorRuntime<>(
            shard,
            new CoordinatorRuntime.Limits(5_000, 1 << 20, 10_000),
            this::machine,
            ConsumerGroupRecords.DECODER,
            offloaded::add,
            log,
            log);
    log.onAppend(
        end ->
            shard.atEndOfBatch(
                () -> {
                  log.highWatermark(log.endOffset());
                  runtime.onHighWatermark(log.highWatermark());
                }));
  }

  private Machine machine(CoordinatorContext context) {
    ConsumerGroups groups =
        new ConsumerGroups(
            context,
            groupId -> settings,
            () -> "server-" + memberIds++,
            ProtocolMigration.NONE,
            (client, names) -> authorizer.describable(client, names),
            journal.writer(0, shard));
    groups.onTopics(topics);
    return new Machine(groups);
  }

  /** Loads what is in the log, if it has not been loaded. */
  ConsumerBed start() {
    shard.submit(runtime::load);
    turn();
    runOffloaded();
    assertThat(runtime.machine()).isNotNull();
    seenAppends = log.appends().size();
    return this;
  }

  ConsumerBed topics(TestTopics now) {
    topics = now;
    if (runtime.machine() != null) {
      runtime.machine().groups.onTopics(now);
    }
    return this;
  }

  void turn() {
    while (shard.turn() > 0) {
      // Until nothing is left to do.
    }
  }

  /** Does what waits for another thread, and what comes of it. */
  void runOffloaded() {
    while (!offloaded.isEmpty()) {
      offloaded.remove().run();
      turn();
    }
  }

  /** Lets time pass from one timer to the next. */
  void pass(long ms) {
    long endMs = clock.wallMs() + ms;
    while (clock.wallMs() < endMs) {
      long leftMs = endMs - clock.wallMs();
      long nextNs = Math.min(shard.nextDeadlineNs(), Long.MAX_VALUE >> 1) - clock.nowNs();
      long nextMs = nextNs <= 0 ? 1 : (nextNs + 999_999) / 1_000_000;
      clock.advanceMs(Math.min(leftMs, nextMs));
      turn();
    }
  }

  ConsumerGroups groups() {
    return runtime.machine().groups;
  }

  ConsumerGroup group() {
    return groups().find(GROUP);
  }

  ConsumerMember member(String memberId) {
    return group().member(memberId);
  }

  /** The records of all appends since this was asked last. */
  List<CoordinatorRecord> newRecords() {
    List<CoordinatorRecord> records = new ArrayList<>();
    while (seenAppends < log.appends().size()) {
      records.addAll(log.appends().get(seenAppends++));
    }
    return records;
  }

  // Heartbeats.

  /** A heartbeat that says nothing but that the member is there. */
  static ConsumerGroupHeartbeatRequest beat(String memberId, int epoch) {
    return new ConsumerGroupHeartbeatRequest().groupId(GROUP).memberId(memberId).memberEpoch(epoch);
  }

  static ConsumerGroupHeartbeatRequest join(String memberId, String... topicNames) {
    return beat(memberId, 0)
        .rebalanceTimeoutMs(TIMEOUT_MS)
        .subscribedTopicNames(List.of(topicNames))
        .topicPartitions(List.of());
  }

  static ConsumerGroupHeartbeatRequest joinRegex(String memberId, String regex) {
    return beat(memberId, 0)
        .rebalanceTimeoutMs(TIMEOUT_MS)
        .subscribedTopicRegex(regex)
        .topicPartitions(List.of());
  }

  /** What a member says it has. */
  static List<ConsumerGroupHeartbeatRequest.TopicPartitions> owned(
      Map<Uuid, ? extends Iterable<Integer>> partitions) {
    List<ConsumerGroupHeartbeatRequest.TopicPartitions> result = new ArrayList<>();
    partitions.forEach(
        (topicId, ofTopic) -> {
          List<Integer> list = new ArrayList<>();
          ofTopic.forEach(list::add);
          result.add(
              new ConsumerGroupHeartbeatRequest.TopicPartitions()
                  .topicId(topicId)
                  .partitions(list));
        });
    return result;
  }

  RequestContext client(int version) {
    return new RequestContext((short) version, "client", HOST);
  }

  Answer<ConsumerGroupHeartbeatResponse> ask(ConsumerGroupHeartbeatRequest request, int version) {
    Answer<ConsumerGroupHeartbeatResponse> answer = new Answer<>();
    ConsumerGroupHeartbeatResponse refusal =
        ConsumerGroups.validate(client(version), request, settings.assignors());
    if (refusal != null) {
      answer.accept(refusal);
      return answer;
    }
    assertThat(
            runtime.offer(
                (machine, reply) -> machine.groups.heartbeat(client(version), request),
                answer,
                error -> new ConsumerGroupHeartbeatResponse().errorCode(error.code())))
        .isTrue();
    turn();
    return answer;
  }

  ConsumerGroupHeartbeatResponse send(ConsumerGroupHeartbeatRequest request) {
    return ask(request, 1).get();
  }

  /** Sends a heartbeat that must go well. */
  ConsumerGroupHeartbeatResponse ok(ConsumerGroupHeartbeatRequest request) {
    ConsumerGroupHeartbeatResponse response = send(request);
    assertThat(ErrorCode.forCode(response.errorCode()))
        .as("%s", response.errorMessage())
        .isEqualTo(ErrorCode.NONE);
    return response;
  }

  ErrorCode error(ConsumerGroupHeartbeatRequest request) {
    ConsumerGroupHeartbeatResponse response = send(request);
    if (response.errorCode() != 0) {
      assertThat(response.errorMessage()).isNotBlank();
      assertThat(response.assignment()).isNull();
    }
    return ErrorCode.forCode(response.errorCode());
  }

  /** What a response assigns, as topic names and partitions; null if it says nothing of it. */
  Map<String, Set<Integer>> assigned(ConsumerGroupHeartbeatResponse response) {
    if (response.assignment() == null) {
      return null;
    }
    Map<String, Set<Integer>> result = new TreeMap<>();
    for (var topic : response.assignment().topicPartitions()) {
      result.put(topics.topic(topic.topicId()).name(), new TreeSet<>(topic.partitions()));
    }
    return result;
  }

  ConsumerGroupDescribeResponse.DescribedGroup describe() {
    return groups().describe(GROUP);
  }

  // After a crash.

  /** Another coordinator with the same log. */
  ConsumerBed reload() {
    return reload(clock.wallMs());
  }

  /** The same where the clock says something else. */
  ConsumerBed reload(long wallMs) {
    ConsumerBed other = new ConsumerBed(wallMs);
    other.settings = settings;
    other.topics = topics;
    for (long offset = 0; offset < log.endOffset(); ) {
      offset = other.log.appendBytes(log.batchAt(offset));
    }
    other.log.highWatermark(other.log.endOffset());
    return other.start();
  }

  void assertReplayEqualsLiveState() {
    assertThat(PersistentGroup.allOf(reload().groups())).isEqualTo(PersistentGroup.allOf(groups()));
  }
}
