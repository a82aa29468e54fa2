package io.ottla.coordinator.transaction;

import io.ottla.runtime.ManualClock;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import kafka.coordinator.transaction.TransactionConfig;
import kafka.coordinator.transaction.TransactionMarkerChannelManager;
import kafka.coordinator.transaction.TransactionStateManager;
import kafka.server.KafkaConfig;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.TransactionResult;
import org.apache.kafka.common.utils.LogContext;
import org.apache.kafka.common.utils.ProducerIdAndEpoch;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.coordinator.transaction.TransactionLog;
import org.apache.kafka.coordinator.transaction.TransactionMetadata;
import org.apache.kafka.coordinator.transaction.TxnTransitMetadata;
import org.apache.kafka.server.common.RequestLocal;
import org.apache.kafka.server.common.TransactionVersion;
import scala.Function1;
import scala.Option;
import scala.runtime.BoxedUnit;

/**
 * Apache Kafka's own transaction coordinator, its log and its markers in memory: the judge. Every
 * append is safe at once; markers are written at once, or when they are let go.
 */
final class KafkaTransactions {

  /** What a producer is told. */
  record Told(Errors error, long producerId, short epoch) {}

  private static final int LEADER_EPOCH = 1;
  private static final RequestLocal LOCAL = RequestLocal.noCaching();

  private final ManualClock clock;
  private final TransactionVersion level;
  private final State state;
  private final kafka.coordinator.transaction.TransactionCoordinator coordinator;
  private final List<Runnable> held = new ArrayList<>();
  private final List<String> markers = new ArrayList<>();
  private boolean isHeld;
  private long producerIds = 5000;

  KafkaTransactions(ManualClock clock, int featureLevel) {
    this.clock = clock;
    this.level = TransactionVersion.fromFeatureLevel((short) featureLevel);
    TransactionConfig config =
        new TransactionConfig(
            604_800_000,
            900_000,
            1,
            (short) 1,
            1 << 20,
            1 << 20,
            1,
            10_000,
            3_600_000,
            false,
            30_000);
    this.state = new State(config);
    this.coordinator =
        new kafka.coordinator.transaction.TransactionCoordinator(
            config,
            null,
            () -> () -> producerIds++,
            state,
            new Markers(),
            new WallTime(),
            new LogContext());
    state.startup(() -> 1, false);
    state.addLoadedTransactionsToCache(0, LEADER_EPOCH, new ConcurrentHashMap<>());
  }

  TransactionMetadata find(String id) {
    Option<kafka.coordinator.transaction.CoordinatorEpochAndTxnMetadata> found =
        state.getTransactionState(id).toOption().get();
    return found.isEmpty() ? null : found.get().transactionMetadata();
  }

  /** Takes over what a record says. */
  void load(Map<String, TransactionMetadata> all) {
    state.removeTransactionsForTxnTopicPartition(0);
    held.clear();
    state.addLoadedTransactionsToCache(0, LEADER_EPOCH, new ConcurrentHashMap<>(all));
    for (TransactionMetadata metadata : all.values()) {
      TransactionResult result =
          switch (metadata.state()) {
            case PREPARE_COMMIT -> TransactionResult.COMMIT;
            case PREPARE_ABORT -> TransactionResult.ABORT;
            default -> null;
          };
      if (result != null) {
        deliver(result, metadata, metadata.prepareComplete(clock.wallMs()));
      }
    }
  }

  /** Forgets everything but what records hold. */
  void reload(Set<String> ids) {
    Map<String, TransactionMetadata> read = new HashMap<>();
    for (String id : ids) {
      TransactionMetadata metadata = find(id);
      if (metadata != null) {
        ByteBuffer key = ByteBuffer.wrap(TransactionLog.keyToBytes(id));
        ByteBuffer value =
            ByteBuffer.wrap(TransactionLog.valueToBytes(metadata.prepareNoTransit(), level));
        read.put(id, ((TransactionLog.TxnRecord) TransactionLog.read(key, value)).metadata());
      }
    }
    load(read);
  }

  Told init(String id, int timeoutMs, long producerId, short epoch) {
    Told[] told = new Told[1];
    coordinator.handleInitProducerId(
        id,
        timeoutMs,
        false,
        false,
        producerId < 0 ? Option.empty() : Option.apply(new ProducerIdAndEpoch(producerId, epoch)),
        result -> {
          told[0] = new Told(result.error(), result.producerId(), result.producerEpoch());
          return BoxedUnit.UNIT;
        },
        LOCAL);
    return told[0];
  }

  Errors add(Producer producer, Set<TopicPartition> partitions, int version) {
    Errors[] told = new Errors[1];
    coordinator.handleAddPartitionsToTransaction(
        producer.transactionalId(),
        producer.id(),
        producer.epoch(),
        partitions,
        error -> {
          told[0] = error;
          return BoxedUnit.UNIT;
        },
        TransactionVersion.fromFeatureLevel((short) version),
        LOCAL);
    return told[0];
  }

  Told end(Producer producer, boolean isCommit, int version) {
    Told[] told = new Told[1];
    coordinator.handleEndTransaction(
        producer.transactionalId(),
        producer.id(),
        producer.epoch(),
        isCommit ? TransactionResult.COMMIT : TransactionResult.ABORT,
        TransactionVersion.fromFeatureLevel((short) version),
        (error, producerId, epoch) -> {
          told[0] = new Told(error, (long) producerId, (short) epoch);
          return BoxedUnit.UNIT;
        },
        LOCAL);
    return told[0];
  }

  void abortTimedOut() {
    coordinator.abortTimedOutTransactions(_ -> (error, id, epoch) -> BoxedUnit.UNIT);
  }

  void holdMarkers() {
    isHeld = true;
  }

  void releaseMarkers() {
    isHeld = false;
    List<Runnable> all = List.copyOf(held);
    held.clear();
    all.forEach(Runnable::run);
  }

  /** The markers that were sent since the last call, without their producer ids. */
  List<String> takeMarkers() {
    List<String> taken = List.copyOf(markers);
    markers.clear();
    return taken;
  }

  private void deliver(
      TransactionResult result, TransactionMetadata metadata, TxnTransitMetadata next) {
    Runnable complete =
        () ->
            state.appendTransactionToLog(
                metadata.transactionalId(),
                LEADER_EPOCH,
                next,
                _ -> BoxedUnit.UNIT,
                _ -> false,
                LOCAL);
    if (metadata.topicPartitions().isEmpty()) {
      complete.run();
      return;
    }
    Set<String> partitions = new TreeSet<>();
    metadata.topicPartitions().forEach(it -> partitions.add(it.toString()));
    markers.add(
        metadata.transactionalId()
            + " "
            + metadata.producerEpoch()
            + " "
            + (result == TransactionResult.COMMIT)
            + " "
            + metadata.clientTransactionVersion().featureLevel()
            + " "
            + partitions);
    if (isHeld) {
      held.add(complete);
    } else {
      complete.run();
    }
  }

  private final class State extends TransactionStateManager {

    State(TransactionConfig config) {
      super(0, null, null, null, config, new WallTime(), new Metrics());
    }

    @Override
    public TransactionVersion transactionVersionLevel() {
      return level;
    }

    @Override
    public void appendTransactionToLog(
        String id,
        int coordinatorEpoch,
        TxnTransitMetadata next,
        Function1<Errors, BoxedUnit> callback,
        Function1<Errors, Object> retryOnError,
        RequestLocal requestLocal) {
      TransactionLog.valueToBytes(next, level); // It refuses what makes no sense.
      find(id).completeTransitionTo(next);
      callback.apply(Errors.NONE);
    }
  }

  private final class Markers extends TransactionMarkerChannelManager {

    Markers() {
      super(config(), null, null, state, new WallTime());
    }

    private static KafkaConfig config() {
      Properties properties = new Properties();
      properties.put("process.roles", "broker");
      properties.put("node.id", "1");
      properties.put("controller.quorum.bootstrap.servers", "127.0.0.1:9093");
      properties.put("controller.listener.names", "CONTROLLER");
      return new KafkaConfig(properties);
    }

    @Override
    public void addTxnMarkersToSend(
        int coordinatorEpoch,
        TransactionResult result,
        TransactionMetadata metadata,
        TxnTransitMetadata next) {
      deliver(result, metadata, next);
    }
  }

  private final class WallTime implements Time {

    @Override
    public long milliseconds() {
      return clock.wallMs();
    }

    @Override
    public long nanoseconds() {
      return clock.nowNs();
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
}
