package io.ottla.coordinator.group;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.TransactionResult;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.common.utils.LogContext;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.coordinator.common.runtime.CoordinatorExecutor;
import org.apache.kafka.coordinator.common.runtime.CoordinatorMetadataImage;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRecord;
import org.apache.kafka.coordinator.common.runtime.CoordinatorResult;
import org.apache.kafka.coordinator.common.runtime.CoordinatorTimer;
import org.apache.kafka.coordinator.group.GroupConfigManager;
import org.apache.kafka.coordinator.group.GroupCoordinatorShard;
import org.apache.kafka.coordinator.group.metrics.GroupCoordinatorMetrics;
import org.apache.kafka.coordinator.group.modern.share.ShareGroupConfig;
import org.apache.kafka.server.authorizer.AuthorizableRequestContext;
import org.apache.kafka.timeline.SnapshotRegistry;

/**
 * Apache Kafka's own group state machine, turned by hand: its appends succeed and are replicated at
 * once, and time passes when told.
 */
final class KafkaGroups {

  private final ManualTimer timer = new ManualTimer();
  private final GroupCoordinatorShard shard;
  private long nowMs;
  private long nextOffset;

  KafkaGroups(long nowMs, int initialRebalanceDelayMs) {
    this(nowMs, initialRebalanceDelayMs, CoordinatorMetadataImage.EMPTY, List.of());
  }

  /**
   * @param log what the state machine loads
   */
  KafkaGroups(
      long nowMs,
      int initialRebalanceDelayMs,
      CoordinatorMetadataImage topics,
      List<CoordinatorRecord> log) {
    this.nowMs = nowMs;
    LogContext logContext = new LogContext();
    var config =
        org.apache.kafka.coordinator.group.GroupCoordinatorConfig.fromProps(
            Map.of("group.initial.rebalance.delay.ms", initialRebalanceDelayMs));
    shard =
        new GroupCoordinatorShard.Builder(
                config,
                new GroupConfigManager(Map.of(), config, ShareGroupConfig.fromProps(Map.of())))
            .withAuthorizerPlugin(Optional.empty())
            .withLogContext(logContext)
            .withSnapshotRegistry(new SnapshotRegistry(logContext))
            .withTime(new ManualTime())
            .withTimer(timer)
            .withExecutor(new NoExecutor())
            .withCoordinatorMetrics(new GroupCoordinatorMetrics())
            .withTopicPartition(new TopicPartition("__consumer_offsets", 0))
            .build();
    log.forEach(record -> shard.replay(nextOffset++, -1L, (short) -1, record));
    shard.onLoaded(topics);
  }

  CompletableFuture<JoinGroupResponseData> join(JoinGroupRequestData request, int version) {
    CompletableFuture<JoinGroupResponseData> response = new CompletableFuture<>();
    run(() -> shard.classicGroupJoin(new Context(version), request, response));
    return response;
  }

  CompletableFuture<SyncGroupResponseData> sync(SyncGroupRequestData request) {
    CompletableFuture<SyncGroupResponseData> response = new CompletableFuture<>();
    run(() -> shard.classicGroupSync(new Context(5), request, response));
    return response;
  }

  Errors heartbeat(HeartbeatRequestData request) {
    try {
      return Errors.forCode(
          run(() -> shard.classicGroupHeartbeat(new Context(4), request)).errorCode());
    } catch (ApiException e) {
      return Errors.forException(e);
    }
  }

  List<Errors> leave(LeaveGroupRequestData request) {
    try {
      return run(() -> shard.classicGroupLeave(new Context(5), request)).members().stream()
          .map(LeaveGroupResponseData.MemberResponse::errorCode)
          .map(Errors::forCode)
          .toList();
    } catch (ApiException e) {
      return request.members().stream().map(member -> Errors.forException(e)).toList();
    }
  }

  Errors commit(OffsetCommitRequestData request) {
    return commit(request, 9);
  }

  Errors commit(OffsetCommitRequestData request, int version) {
    try {
      return Errors.forCode(
          run(() -> shard.commitOffset(new Context(version), request))
              .topics()
              .get(0)
              .partitions()
              .get(0)
              .errorCode());
    } catch (ApiException e) {
      return Errors.forException(e);
    }
  }

  OffsetFetchResponseData.OffsetFetchResponseGroup fetch(
      OffsetFetchRequestData.OffsetFetchRequestGroup request) {
    return shard.fetchOffsets(request, Long.MAX_VALUE);
  }

  Errors commit(TxnOffsetCommitRequestData request) {
    try {
      return Errors.forCode(
          run(() -> shard.commitTransactionalOffset(new Context(5), request), request.producerId())
              .topics()
              .get(0)
              .partitions()
              .get(0)
              .errorCode());
    } catch (ApiException e) {
      return Errors.forException(e);
    }
  }

  void endTransaction(long producerId, boolean isCommitted) {
    shard.replayEndTransactionMarker(
        producerId, (short) 0, isCommitted ? TransactionResult.COMMIT : TransactionResult.ABORT);
    nextOffset++;
  }

  OffsetDeleteResponseData delete(OffsetDeleteRequestData request) {
    try {
      return run(() -> shard.deleteOffsets(new Context(0), request));
    } catch (ApiException e) {
      return new OffsetDeleteResponseData().setErrorCode(Errors.forException(e).code());
    }
  }

  Errors deleteGroup(String groupId) {
    return Errors.forCode(
        run(() -> shard.deleteGroups(new Context(2), List.of(groupId))).find(groupId).errorCode());
  }

  List<ListGroupsResponseData.ListedGroup> list(String... types) {
    return shard.listGroups(List.of(), List.of(types), Long.MAX_VALUE);
  }

  void deleteTopic(String name, Uuid id) {
    run(() -> shard.onTopicsDeleted(List.of(new GroupCoordinatorShard.DeletedTopic(id, name))));
  }

  DescribeGroupsResponseData.DescribedGroup describe(String groupId) {
    return shard.describeGroups(new Context(6), List.of(groupId), Long.MAX_VALUE).get(0);
  }

  void pass(long ms) {
    timer.advanceTo(nowMs + ms);
  }

  private <T> T run(Supplier<CoordinatorResult<T, CoordinatorRecord>> operation) {
    return run(operation, -1L);
  }

  private <T> T run(Supplier<CoordinatorResult<T, CoordinatorRecord>> operation, long producerId) {
    CoordinatorResult<T, CoordinatorRecord> result = operation.get();
    for (CoordinatorRecord record : result.records()) {
      if (result.replayRecords()) {
        shard.replay(nextOffset, producerId, (short) (producerId < 0 ? -1 : 0), record);
      }
      nextOffset++;
    }
    if (result.appendFuture() != null) {
      result.appendFuture().complete(null);
    }
    return result.response();
  }

  private final class ManualTimer implements CoordinatorTimer<CoordinatorRecord> {

    private record Entry(
        long deadlineMs, long sequence, TimeoutOperation<CoordinatorRecord> operation) {}

    private final Map<String, Entry> entries = new HashMap<>();
    private long sequence;

    void advanceTo(long endMs) {
      while (true) {
        String next = null;
        for (Map.Entry<String, Entry> each : entries.entrySet()) {
          Entry entry = each.getValue();
          if (entry.deadlineMs <= endMs && (next == null || isBefore(entry, entries.get(next)))) {
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
        TimeoutOperation<CoordinatorRecord> operation) {
      entries.put(key, new Entry(nowMs + unit.toMillis(delay), sequence++, operation));
    }

    @Override
    public void schedule(
        String key,
        long delay,
        TimeUnit unit,
        boolean retry,
        long retryBackoff,
        TimeoutOperation<CoordinatorRecord> operation) {
      schedule(key, delay, unit, retry, operation);
    }

    @Override
    public void scheduleIfAbsent(
        String key,
        long delay,
        TimeUnit unit,
        boolean retry,
        TimeoutOperation<CoordinatorRecord> operation) {
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

  /** Classic groups need no background work. */
  private static final class NoExecutor implements CoordinatorExecutor<CoordinatorRecord> {

    @Override
    public <R> boolean schedule(
        String key, TaskRunnable<R> task, TaskOperation<CoordinatorRecord, R> operation) {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean isScheduled(String key) {
      return false;
    }

    @Override
    public void cancel(String key) {}
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
      return 0;
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
