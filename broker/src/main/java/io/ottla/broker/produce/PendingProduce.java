package io.ottla.broker.produce;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.broker.api.Request;
import io.ottla.broker.replica.HostedPartitions;
import io.ottla.broker.replica.LeaderHints;
import io.ottla.broker.transaction.TransactionJoins;
import io.ottla.replication.Partition;
import io.ottla.runtime.Clock;
import io.ottla.runtime.Shard;
import io.ottla.wire.BufferRecords;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.ProduceRequest;
import io.ottla.wire.message.ProduceResponse;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One produce request, from its arrival to its answer.
 *
 * <p>Checked on the event loop or by one worker, dispatched on the event loop; then each partition
 * belongs to its shard until it has counted itself done. Who counts the last one answers.
 */
final class PendingProduce {

  /** The admin client may write to internal topics; nobody else may. */
  private static final String ADMIN_CLIENT_ID = "__admin_client";

  private final Request<ProduceRequest> request;
  private final HostedPartitions partitions;
  private final Clock clock;
  private final List<PartitionAppend> appends = new ArrayList<>();
  private final ProduceJoin join;
  private final boolean needsWorker;
  private final AtomicInteger unwritten = new AtomicInteger();
  private final AtomicInteger unanswered = new AtomicInteger();
  private boolean ready;

  PendingProduce(
      Request<ProduceRequest> request,
      HostedPartitions partitions,
      TransactionJoins transactions,
      Clock clock) {
    this.request = request;
    this.partitions = partitions;
    this.clock = clock;
    boolean anyNeedsWorker = false;
    for (ProduceRequest.TopicProduceData topic : request.body().topicData()) {
      for (ProduceRequest.PartitionProduceData data : topic.partitionData()) {
        PartitionAppend append = open(topic, data);
        appends.add(append);
        anyNeedsWorker |= append.needsWorker();
      }
    }
    this.needsWorker = anyNeedsWorker;
    this.join =
        new ProduceJoin(transactions, request.body().transactionalId(), request.version(), appends);
  }

  private PartitionAppend open(
      ProduceRequest.TopicProduceData topic, ProduceRequest.PartitionProduceData data) {
    boolean byId = request.version() >= ProduceHandler.FIRST_WITH_TOPIC_IDS;
    Partition partition =
        byId
            ? partitions.get(topic.topicId(), data.index())
            : partitions.get(topic.name(), data.index());
    ByteBuf records =
        data.records() instanceof BufferRecords(ByteBuf buffer) ? buffer : Unpooled.EMPTY_BUFFER;
    PartitionAppend append = new PartitionAppend(this, partition, data.index(), records);
    if (partition == null) {
      append.fail(
          byId
              ? partitions.whyMissing(topic.topicId(), data.index())
              : partitions.whyMissing(topic.name(), data.index()),
          "this broker has no such topic or partition");
    } else if (partition.isInternal() && !ADMIN_CLIENT_ID.equals(request.clientId())) {
      append.fail(
          ErrorCode.INVALID_TOPIC_EXCEPTION,
          partition.topicPartition().topic() + " is internal: clients may not write to it");
    }
    return append;
  }

  /** Whether checking takes more than an event loop may give. */
  boolean needsWorker() {
    return needsWorker;
  }

  void markReady() {
    ready = true;
  }

  boolean isReady() {
    return ready;
  }

  Executor eventLoop() {
    return request.connection().eventLoop();
  }

  /** Looks at the bytes of all partitions; never throws. On the event loop, or on a worker. */
  void check() {
    for (PartitionAppend append : appends) {
      append.check(request.version(), clock);
    }
  }

  /** Whether a coordinator of transactions is to be asked. On the event loop, once checked. */
  boolean needsJoin() {
    return join.isNeeded();
  }

  /**
   * Asks it. On the event loop.
   *
   * @param whenJoined runs once, on any thread
   */
  void join(Runnable whenJoined) {
    join.ask(whenJoined);
  }

  /** Sends the partitions that passed to their shards. On the event loop. */
  void dispatch() {
    Map<Shard, List<PartitionAppend>> byShard = new LinkedHashMap<>();
    int passed = 0;
    for (PartitionAppend append : appends) {
      if (append.isToBeWritten()) {
        byShard.computeIfAbsent(append.shard(), _ -> new ArrayList<>(appends.size())).add(append);
        passed++;
      }
    }
    if (passed == 0) {
      finish();
      return;
    }
    unwritten.set(passed);
    unanswered.set(passed);
    byShard.forEach(
        (shard, onShard) ->
            request
                .connection()
                .dispatch(
                    shard,
                    () -> {
                      for (int i = 0; i < onShard.size(); i++) {
                        onShard.get(i).write();
                      }
                    }));
  }

  short acks() {
    return request.body().acks();
  }

  boolean waitsForCommit() {
    return request.body().acks() == ProduceHandler.ACKS_ALL;
  }

  long timeoutMs() {
    return request.body().timeoutMs();
  }

  /** A partition's bytes are in its log, or never will be: they are needed no more. */
  void onWritten() {
    if (unwritten.decrementAndGet() == 0) {
      request.releaseFrame();
    }
  }

  /** A partition knows its answer. */
  void onAnswered() {
    if (unanswered.decrementAndGet() == 0) {
      finish();
    }
  }

  private void finish() {
    if (request.body().acks() != ProduceHandler.ACKS_NONE) {
      request.respond(response());
      return;
    }
    for (PartitionAppend append : appends) {
      if (append.error() != ErrorCode.NONE) {
        request.closeConnection(
            "a produce with acks=0 failed with " + append.error() + "; it gets no other answer");
        return;
      }
    }
    request.finishSilently();
  }

  private ProduceResponse response() {
    ProduceResponse response = new ProduceResponse();
    LeaderHints hints =
        request.version() >= ProduceHandler.FIRST_WITH_HINTS
            ? new LeaderHints(partitions, request.connection().listener())
            : null;
    int next = 0;
    for (ProduceRequest.TopicProduceData topic : request.body().topicData()) {
      ProduceResponse.TopicProduceResponse answer =
          new ProduceResponse.TopicProduceResponse().name(topic.name()).topicId(topic.topicId());
      for (int i = 0; i < topic.partitionData().size(); i++) {
        PartitionAppend append = appends.get(next++);
        ProduceResponse.PartitionProduceResponse result = append.response();
        answer.partitionResponses().add(result);
        if (hints != null && append.error() == ErrorCode.NOT_LEADER_OR_FOLLOWER) {
          addHint(hints, topic, result);
        }
      }
      response.responses().add(answer);
    }
    if (hints != null) {
      addNodes(hints, response);
    }
    return response;
  }

  /** Tells who leads a partition that this broker does not (KIP-951). */
  private void addHint(
      LeaderHints hints,
      ProduceRequest.TopicProduceData topic,
      ProduceResponse.PartitionProduceResponse result) {
    if (request.version() >= ProduceHandler.FIRST_WITH_TOPIC_IDS) {
      hints.of(
          topic.topicId(),
          result.index(),
          (id, epoch) -> result.currentLeader().leaderId(id).leaderEpoch(epoch));
    } else {
      hints.of(
          topic.name(),
          result.index(),
          (id, epoch) -> result.currentLeader().leaderId(id).leaderEpoch(epoch));
    }
  }

  private static void addNodes(LeaderHints hints, ProduceResponse response) {
    hints.nodes(
        (id, endpoint, rack) ->
            response
                .nodeEndpoints()
                .add(
                    new ProduceResponse.NodeEndpoint()
                        .nodeId(id)
                        .host(endpoint.host())
                        .port(endpoint.port())
                        .rack(rack)));
  }
}
