package io.ottla.coordinator.group.consumer;

import io.netty.buffer.Unpooled;
import io.ottla.coordinator.CoordinatorRecord;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.ProtocolReader;
import io.ottla.wire.ProtocolWriter;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.ConsumerGroupDescribeResponse;
import io.ottla.wire.message.ConsumerGroupHeartbeatRequest;
import io.ottla.wire.message.ConsumerGroupHeartbeatResponse;
import io.ottla.wire.message.GroupMetadataKey;
import io.ottla.wire.message.GroupMetadataValue;
import io.ottla.wire.message.HeartbeatRequest;
import io.ottla.wire.message.JoinGroupRequest;
import io.ottla.wire.message.JoinGroupResponse;
import io.ottla.wire.message.LeaveGroupRequest;
import io.ottla.wire.message.SyncGroupRequest;
import io.ottla.wire.message.SyncGroupResponse;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.common.utils.LogContext;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.coordinator.common.runtime.CoordinatorExecutor;
import org.apache.kafka.coordinator.common.runtime.CoordinatorResult;
import org.apache.kafka.coordinator.common.runtime.CoordinatorTimer;
import org.apache.kafka.coordinator.group.GroupConfigManager;
import org.apache.kafka.coordinator.group.GroupCoordinatorConfig;
import org.apache.kafka.coordinator.group.GroupCoordinatorRecordSerde;
import org.apache.kafka.coordinator.group.GroupCoordinatorShard;
import org.apache.kafka.coordinator.group.metrics.GroupCoordinatorMetrics;
import org.apache.kafka.coordinator.group.modern.share.ShareGroupConfig;
import org.apache.kafka.server.authorizer.AuthorizableRequestContext;
import org.apache.kafka.timeline.SnapshotRegistry;

/**
 * Apache Kafka's own state machine of consumer groups, turned by hand, spoken to in our messages:
 * its appends succeed and are replicated at once, and time passes when told.
 */
public final class KafkaConsumerGroups {

  private static final short GROUP_METADATA = 2;

  private final ManualTimer timer = new ManualTimer();
  private final ManualExecutor executor = new ManualExecutor();
  private final GroupCoordinatorRecordSerde serde = new GroupCoordinatorRecordSerde();
  private final GroupCoordinatorShard shard;
  private final List<CoordinatorRecord> records = new ArrayList<>();
  private KafkaTopics topics;
  private long nowMs;
  private long nextOffset;

  public KafkaConsumerGroups(long nowMs, TestTopics topics, ConsumerGroupSettings settings) {
    this.nowMs = nowMs;
    this.topics = new KafkaTopics(topics);
    LogContext logContext = new LogContext();
    Map<String, Object> properties = new HashMap<>();
    properties.put("group.consumer.assignment.interval.ms", settings.assignmentIntervalMs());
    properties.put("group.consumer.max.size", settings.maxSize());
    properties.put("group.consumer.migration.policy", settings.migrationPolicy().name());
    properties.put("group.initial.rebalance.delay.ms", 0);
    properties.put(
        "group.consumer.assignors",
        KafkaAssignors.Uniform.class.getName() + "," + KafkaAssignors.Range.class.getName());
    GroupCoordinatorConfig config = GroupCoordinatorConfig.fromProps(properties);
    shard =
        new GroupCoordinatorShard.Builder(
                config,
                new GroupConfigManager(Map.of(), config, ShareGroupConfig.fromProps(Map.of())))
            .withAuthorizerPlugin(Optional.empty())
            .withLogContext(logContext)
            .withSnapshotRegistry(new SnapshotRegistry(logContext))
            .withTime(new ManualTime())
            .withTimer(timer)
            .withExecutor(executor)
            .withCoordinatorMetrics(new GroupCoordinatorMetrics())
            .withTopicPartition(new TopicPartition("__consumer_offsets", 0))
            .build();
    shard.onLoaded(this.topics);
  }

  public ConsumerGroupHeartbeatResponse heartbeat(
      ConsumerGroupHeartbeatRequest request, int version) {
    var kafkas =
        new ConsumerGroupHeartbeatRequestData(
            new ByteBufferAccessor(bytes(request, (short) version)), (short) version);
    ConsumerGroupHeartbeatResponse response = new ConsumerGroupHeartbeatResponse();
    try {
      Message answer = run(() -> shard.consumerGroupHeartbeat(new Context(version), kafkas));
      read(response, answer, (short) version);
    } catch (ApiException e) {
      response.errorCode(Errors.forException(e).code()).errorMessage(e.getMessage());
    }
    executor.run();
    return response;
  }

  /** The answer to JoinGroup, once it has come. */
  public Supplier<JoinGroupResponse> join(JoinGroupRequest request, int version) {
    var kafkas =
        new JoinGroupRequestData(
            new ByteBufferAccessor(bytes(request, (short) version)), (short) version);
    CompletableFuture<JoinGroupResponseData> answer = new CompletableFuture<>();
    try {
      run(() -> shard.classicGroupJoin(new Context(version), kafkas, answer));
    } catch (ApiException e) {
      answer.complete(new JoinGroupResponseData().setErrorCode(Errors.forException(e).code()));
    }
    return () -> {
      // Timers of no time at all are due.
      pass(0);
      JoinGroupResponse response = new JoinGroupResponse();
      if (!answer.isDone()) {
        return null;
      }
      read(response, answer.join(), (short) 9);
      return response;
    };
  }

  /** The answer to SyncGroup, once it has come. */
  public Supplier<SyncGroupResponse> sync(SyncGroupRequest request) {
    var kafkas =
        new SyncGroupRequestData(new ByteBufferAccessor(bytes(request, (short) 5)), (short) 5);
    CompletableFuture<SyncGroupResponseData> answer = new CompletableFuture<>();
    try {
      run(() -> shard.classicGroupSync(new Context(5), kafkas, answer));
    } catch (ApiException e) {
      answer.complete(new SyncGroupResponseData().setErrorCode(Errors.forException(e).code()));
    }
    return () -> {
      SyncGroupResponse response = new SyncGroupResponse();
      if (!answer.isDone()) {
        return null;
      }
      read(response, answer.join(), (short) 5);
      return response;
    };
  }

  public ErrorCode heartbeat(HeartbeatRequest request) {
    var kafkas =
        new HeartbeatRequestData(new ByteBufferAccessor(bytes(request, (short) 4)), (short) 4);
    try {
      return ErrorCode.forCode(
          run(() -> shard.classicGroupHeartbeat(new Context(4), kafkas)).errorCode());
    } catch (ApiException e) {
      return ErrorCode.forCode(Errors.forException(e).code());
    }
  }

  /** The error of the only member. */
  public ErrorCode leave(LeaveGroupRequest request) {
    var kafkas =
        new LeaveGroupRequestData(new ByteBufferAccessor(bytes(request, (short) 5)), (short) 5);
    try {
      return ErrorCode.forCode(
          run(() -> shard.classicGroupLeave(new Context(5), kafkas)).members().get(0).errorCode());
    } catch (ApiException e) {
      return ErrorCode.forCode(Errors.forException(e).code());
    }
  }

  ConsumerGroupDescribeResponse.DescribedGroup describe(String groupId) {
    var kafkas =
        new org.apache.kafka.common.message.ConsumerGroupDescribeResponseData()
            .setGroups(shard.consumerGroupDescribe(List.of(groupId), Long.MAX_VALUE));
    ConsumerGroupDescribeResponse response = new ConsumerGroupDescribeResponse();
    read(response, kafkas, (short) 1);
    return response.groups().get(0);
  }

  /** Commits an offset, and tells whether that was right. */
  ErrorCode commit(
      String groupId, String memberId, int epoch, String topic, Uuid topicId, int partition) {
    var request =
        new OffsetCommitRequestData()
            .setGroupId(groupId)
            .setMemberId(memberId)
            .setGenerationIdOrMemberEpoch(epoch)
            .setTopics(
                List.of(
                    new OffsetCommitRequestData.OffsetCommitRequestTopic()
                        .setName(topic)
                        .setTopicId(KafkaAssignors.kafkas(topicId))
                        .setPartitions(
                            List.of(
                                new OffsetCommitRequestData.OffsetCommitRequestPartition()
                                    .setPartitionIndex(partition)))));
    try {
      return ErrorCode.forCode(
          run(() -> shard.commitOffset(new Context(10), request))
              .topics()
              .get(0)
              .partitions()
              .get(0)
              .errorCode());
    } catch (ApiException e) {
      return ErrorCode.forCode(Errors.forException(e).code());
    }
  }

  void topics(TestTopics now) {
    KafkaTopics next = new KafkaTopics(now);
    shard.onMetadataUpdate(next.since(topics), next);
    topics = next;
  }

  public void pass(long ms) {
    timer.advanceTo(nowMs + ms);
  }

  /** The records of groups written since this was asked last, as ours. */
  public List<CoordinatorRecord> newRecords() {
    List<CoordinatorRecord> result = List.copyOf(records);
    records.clear();
    return result;
  }

  private <T> T run(
      Supplier<CoordinatorResult<T, org.apache.kafka.coordinator.common.runtime.CoordinatorRecord>>
          operation) {
    var result = operation.get();
    for (var record : result.records()) {
      if (result.replayRecords()) {
        shard.replay(nextOffset, -1L, (short) -1, record);
      }
      nextOffset++;
      CoordinatorRecord ours = ours(record);
      if (ours != null) {
        records.add(ours);
      }
    }
    if (result.appendFuture() != null) {
      result.appendFuture().complete(null);
    }
    return result.response();
  }

  /** The same record in our classes; null if it is not one of groups. */
  private CoordinatorRecord ours(
      org.apache.kafka.coordinator.common.runtime.CoordinatorRecord record) {
    ByteBuffer keyBytes = ByteBuffer.wrap(serde.serializeKey(record));
    short type = keyBytes.getShort();
    boolean isClassic = type == GROUP_METADATA;
    ApiMessage key = isClassic ? new GroupMetadataKey() : ConsumerGroupRecords.DECODER.newKey(type);
    if (key == null) {
      return null;
    }
    key.read(new ProtocolReader(Unpooled.wrappedBuffer(keyBytes)), (short) 0);
    if (record.value() == null) {
      return CoordinatorRecord.tombstone(key);
    }
    ByteBuffer valueBytes = ByteBuffer.wrap(serde.serializeValue(record));
    short version = valueBytes.getShort();
    ApiMessage value =
        isClassic ? new GroupMetadataValue() : ConsumerGroupRecords.DECODER.newValue(type);
    value.read(new ProtocolReader(Unpooled.wrappedBuffer(valueBytes)), version);
    return CoordinatorRecord.of(key, value, version);
  }

  private static ByteBuffer bytes(ApiMessage message, short version) {
    var out = Unpooled.buffer();
    message.write(new ProtocolWriter(out), version);
    return out.nioBuffer();
  }

  private static void read(ApiMessage into, Message from, short version) {
    into.read(
        new ProtocolReader(
            Unpooled.wrappedBuffer(MessageUtil.toByteBufferAccessor(from, version).buffer())),
        version);
  }

  private final class ManualExecutor
      implements CoordinatorExecutor<
          org.apache.kafka.coordinator.common.runtime.CoordinatorRecord> {

    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private final List<String> keys = new ArrayList<>();

    void run() {
      while (!tasks.isEmpty()) {
        tasks.remove().run();
      }
    }

    @Override
    public <R> boolean schedule(
        String key,
        TaskRunnable<R> task,
        TaskOperation<org.apache.kafka.coordinator.common.runtime.CoordinatorRecord, R> operation) {
      keys.add(key);
      tasks.add(
          () -> {
            keys.remove(key);
            R result;
            try {
              result = task.run();
            } catch (Throwable t) {
              throw new AssertionError(t);
            }
            KafkaConsumerGroups.this.run(() -> operation.onComplete(result, null));
          });
      return true;
    }

    @Override
    public boolean isScheduled(String key) {
      return keys.contains(key);
    }

    @Override
    public void cancel(String key) {
      throw new UnsupportedOperationException();
    }
  }

  private final class ManualTimer
      implements CoordinatorTimer<org.apache.kafka.coordinator.common.runtime.CoordinatorRecord> {

    private record Entry(
        long deadlineMs,
        long sequence,
        TimeoutOperation<org.apache.kafka.coordinator.common.runtime.CoordinatorRecord>
            operation) {}

    private final Map<String, Entry> entries = new HashMap<>();
    private long sequence;

    void advanceTo(long endMs) {
      while (true) {
        String next = null;
        for (Map.Entry<String, Entry> each : entries.entrySet()) {
          if (each.getValue().deadlineMs <= endMs
              && (next == null || isBefore(each.getValue(), entries.get(next)))) {
            next = each.getKey();
          }
        }
        if (next == null) {
          nowMs = endMs;
          return;
        }
        Entry due = entries.remove(next);
        nowMs = Math.max(nowMs, due.deadlineMs);
        run(due.operation::generateRecords);
      }
    }

    private static boolean isBefore(Entry one, Entry other) {
      return one.deadlineMs != other.deadlineMs
          ? one.deadlineMs < other.deadlineMs
          : one.sequence < other.sequence;
    }

    @Override
    public void schedule(
        String key,
        long delay,
        TimeUnit unit,
        boolean retry,
        TimeoutOperation<org.apache.kafka.coordinator.common.runtime.CoordinatorRecord> operation) {
      entries.put(key, new Entry(nowMs + unit.toMillis(delay), sequence++, operation));
    }

    @Override
    public void schedule(
        String key,
        long delay,
        TimeUnit unit,
        boolean retry,
        long retryBackoff,
        TimeoutOperation<org.apache.kafka.coordinator.common.runtime.CoordinatorRecord> operation) {
      schedule(key, delay, unit, retry, operation);
    }

    @Override
    public void scheduleIfAbsent(
        String key,
        long delay,
        TimeUnit unit,
        boolean retry,
        TimeoutOperation<org.apache.kafka.coordinator.common.runtime.CoordinatorRecord> operation) {
      if (!isScheduled(key)) {
        schedule(key, delay, unit, retry, operation);
      }
    }

    @Override
    public void cancel(String key) {
      entries.remove(key);
    }

    @Override
    public boolean isScheduled(String key) {
      return entries.containsKey(key);
    }
  }

  private final class ManualTime implements Time {

    @Override
    public long milliseconds() {
      return nowMs;
    }

    @Override
    public long nanoseconds() {
      return TimeUnit.MILLISECONDS.toNanos(nowMs);
    }

    @Override
    public void sleep(long ms) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void waitObject(Object object, Supplier<Boolean> condition, long deadlineMs) {
      throw new UnsupportedOperationException();
    }
  }

  private record Context(int requestVersion) implements AuthorizableRequestContext {

    @Override
    public String listenerName() {
      return "PLAINTEXT";
    }

    @Override
    public SecurityProtocol securityProtocol() {
      return SecurityProtocol.PLAINTEXT;
    }

    @Override
    public KafkaPrincipal principal() {
      return KafkaPrincipal.ANONYMOUS;
    }

    @Override
    public InetAddress clientAddress() {
      return InetAddress.getLoopbackAddress();
    }

    @Override
    public int requestType() {
      return 68;
    }

    @Override
    public String clientId() {
      return "client";
    }

    @Override
    public int correlationId() {
      return 0;
    }
  }
}
