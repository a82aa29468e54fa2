package io.ottla.replication;

import io.ottla.runtime.Shard;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.AssignReplicasToDirsRequest;
import io.ottla.wire.message.AssignReplicasToDirsRequest.DirectoryData;
import io.ottla.wire.message.AssignReplicasToDirsRequest.PartitionData;
import io.ottla.wire.message.AssignReplicasToDirsRequest.TopicData;
import io.ottla.wire.message.AssignReplicasToDirsResponse;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the controller has to be told of this broker's replicas: sent in bounded pieces, one at a
 * time, and again until it is acknowledged.
 *
 * <p>What is to be told is replaced as a whole ({@link #replace}); telling something twice does no
 * harm. Public methods may be called by any thread; all else happens on one shard.
 */
final class PendingReports {

  private static final Logger LOG = LoggerFactory.getLogger(PendingReports.class);

  /** Stands for a directory that does not serve, in the protocol (KIP-858). */
  static final Uuid LOST = new Uuid(0, 2);

  static final int MAX_REPLICAS = 2_000;
  private static final long RETRY_MS = 200;
  private static final long NOT_WAITING = -1;

  /** One replica of this broker. */
  record Key(Uuid topicId, int partition) {}

  private final Shard shard;
  private final LocalNode node;
  private final ReplicaReports controller;
  private final List<CompletableFuture<Void>> awaitingSettled = new ArrayList<>();
  private Map<Key, Uuid> pending = new LinkedHashMap<>();
  private boolean busy;
  private boolean retryTold;
  private volatile long waitingSinceNs = NOT_WAITING;

  PendingReports(Shard shard, LocalNode node, ReplicaReports controller) {
    this.shard = shard;
    this.node = node;
    this.controller = controller;
  }

  /**
   * All that is to be told from now on.
   *
   * @param reports for each replica its directory, or {@link #LOST}
   */
  void replace(Map<Key, Uuid> reports) {
    Map<Key, Uuid> copy = new LinkedHashMap<>(reports);
    shard.submit(
        () -> {
          pending = copy;
          settleOrSend();
        });
  }

  /** Completed when the controller has acknowledged all there is to tell. */
  CompletableFuture<Void> settled() {
    CompletableFuture<Void> settled = new CompletableFuture<>();
    shard.submit(
        () -> {
          awaitingSettled.add(settled);
          settleOrSend();
        });
    return settled;
  }

  /**
   * How long the controller has not acknowledged something it has to be told; 0 if there is none.
   */
  long unacknowledgedMs() {
    long since = waitingSinceNs;
    return since == NOT_WAITING
        ? 0
        : TimeUnit.NANOSECONDS.toMillis(Math.max(0, shard.clock().nowNs() - since));
  }

  private void settleOrSend() {
    if (pending.isEmpty()) {
      waitingSinceNs = NOT_WAITING;
      retryTold = false;
      awaitingSettled.forEach(waiter -> waiter.complete(null));
      awaitingSettled.clear();
    } else if (!busy) {
      if (waitingSinceNs == NOT_WAITING) {
        waitingSinceNs = shard.clock().nowNs();
      }
      send();
    }
  }

  private void send() {
    Map<Key, Uuid> piece = new LinkedHashMap<>();
    for (Map.Entry<Key, Uuid> entry : pending.entrySet()) {
      if (piece.size() == MAX_REPLICAS) {
        break;
      }
      piece.put(entry.getKey(), entry.getValue());
    }
    busy = true;
    controller
        .send(request(piece))
        .whenComplete((answer, failure) -> shard.submit(() -> onAnswer(piece, answer, failure)));
  }

  private AssignReplicasToDirsRequest request(Map<Key, Uuid> piece) {
    Map<Uuid, Map<Uuid, TopicData>> byDirectory = new LinkedHashMap<>();
    piece.forEach(
        (key, directory) ->
            byDirectory
                .computeIfAbsent(directory, _ -> new LinkedHashMap<>())
                .computeIfAbsent(key.topicId(), id -> new TopicData().topicId(id))
                .partitions()
                .add(new PartitionData().partitionIndex(key.partition())));
    AssignReplicasToDirsRequest request =
        new AssignReplicasToDirsRequest().brokerId(node.id()).brokerEpoch(node.epoch().getAsLong());
    byDirectory.forEach(
        (id, topics) -> {
          DirectoryData directory = new DirectoryData().id(id);
          directory.topics().addAll(topics.values());
          request.directories().add(directory);
        });
    return request;
  }

  /** What one partition's answer refuses is settled too: metadata that says why is on its way. */
  private void onAnswer(
      Map<Key, Uuid> piece, AssignReplicasToDirsResponse answer, Throwable failure) {
    String why =
        failure != null
            ? String.valueOf(failure.getMessage())
            : answer.errorCode() != ErrorCode.NONE.code()
                ? ErrorCode.forCode(answer.errorCode()).toString()
                : null;
    if (why == null) {
      busy = false;
      piece.forEach(pending::remove); // Unless something else is to be said by now.
      settleOrSend();
      return;
    }
    if (!retryTold) {
      retryTold = true;
      LOG.warn(
          "The controller was not told which replicas do not serve because of their log directories"
              + " ({}); it is told again until it acknowledges that",
          why);
    }
    // Still busy: what comes meanwhile goes with what is sent again.
    var _ =
        shard.schedule(
            RETRY_MS,
            () -> {
              busy = false;
              settleOrSend();
            });
  }
}
