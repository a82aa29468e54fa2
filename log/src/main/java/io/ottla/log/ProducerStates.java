package io.ottla.log;

import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.record.BatchHeader;
import io.ottla.wire.record.RecordBatch;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import org.agrona.collections.Long2ObjectHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The producers of one log, and its transactions: what idempotence (KIP-98, KIP-360) and the last
 * stable offset are made of. Owned by the log's owner.
 *
 * <p>An append first {@link #check}s every batch, which changes nothing, and after the write {@link
 * #update}s with it. {@code update} alone, batch by batch in the order of the log, builds the same
 * state again; recovery does that.
 */
public final class ProducerStates {

  private static final Logger LOG = LoggerFactory.getLogger(ProducerStates.class);

  private static final short STRICT_MARKER_EPOCHS = 2;

  private final TopicPartition partition;
  private final TransactionGuards guards = new TransactionGuards();
  private final Long2ObjectHashMap<ProducerState> producers = new Long2ObjectHashMap<>();

  /** Whether every producer that ever wrote to this log is here: none was forgotten or left out. */
  private boolean complete;

  // First offset of each open transaction to its producer.
  private final TreeMap<Long, Long> open = new TreeMap<>();

  // First offset of each ended transaction to its marker, until the marker is below the high
  // watermark: only then do its records become stable.
  private final TreeMap<Long, Long> unreplicated = new TreeMap<>();

  /** Of a log of which all will be told, from offset 0 on. */
  ProducerStates(TopicPartition partition) {
    this.partition = partition;
    this.complete = true;
  }

  public int size() {
    return producers.size();
  }

  /** What keeps transactions out that no coordinator knows. Any thread. */
  public TransactionGuards guards() {
    return guards;
  }

  /** What is known of a producer; null if nothing. */
  public ProducerState producer(long producerId) {
    return producers.get(producerId);
  }

  /**
   * Whether a producer that is not here has never written to this log. Not if some have expired,
   * the log was first seen in its middle, or compaction had been there before.
   */
  boolean isComplete() {
    return complete;
  }

  /** All producers, in no order; not to be kept. */
  public Collection<ProducerState> all() {
    return producers.values();
  }

  /**
   * The first offset that is not stable: of a transaction that is open, or whose marker is not
   * below the high watermark. -1 if all are stable.
   */
  public long firstUnstableOffset() {
    long firstOpen = open.isEmpty() ? -1L : open.firstKey();
    if (unreplicated.isEmpty()) {
      return firstOpen;
    }
    long firstUnreplicated = unreplicated.firstKey();
    return firstOpen < 0 ? firstUnreplicated : Math.min(firstOpen, firstUnreplicated);
  }

  /** The producer whose transaction has been open here for longest; null if none is open. */
  public ProducerState oldestOpen() {
    return open.isEmpty() ? null : producers.get(open.firstEntry().getValue());
  }

  /** Whether a transaction of the producer is open here, in this epoch. */
  public boolean hasOpenTransaction(long producerId, short epoch) {
    ProducerState producer = producers.get(producerId);
    return producer != null && producer.epoch() == epoch && producer.transactionFirstOffset() >= 0;
  }

  /**
   * Looks for a client's batch among the last ones of its producer.
   *
   * @return the slot of {@link ProducerState} it is in, -1 if it is new
   */
  int findDuplicate(RecordBatch batch) {
    ProducerState producer = producers.get(batch.producerId());
    return producer == null || producer.epoch() != batch.producerEpoch()
        ? -1
        : producer.find(batch.baseSequence(), batch.lastSequence());
  }

  /**
   * Looks whether a client's batch was taken so long ago that its offsets are forgotten.
   *
   * @return an offset that it ends before, -1 if it is not known to be here
   */
  long endOfForgotten(RecordBatch batch) {
    ProducerState producer = producers.get(batch.producerId());
    return producer != null
            && producer.epoch() == batch.producerEpoch()
            && producer.hasForgotten(batch.baseSequence(), batch.lastSequence())
        ? producer.firstOffset()
        : -1L;
  }

  /**
   * Checks a batch that has a producer id before it is written. Batches from a leader are not
   * checked: it did that.
   *
   * @throws LogException INVALID_PRODUCER_EPOCH, OUT_OF_ORDER_SEQUENCE_NUMBER, INVALID_TXN_STATE or
   *     TRANSACTION_COORDINATOR_FENCED
   */
  void check(RecordBatch batch, AppendContext context) {
    if (context.origin() == AppendOrigin.REPLICATION) {
      return;
    }
    ProducerState producer = producers.get(batch.producerId());
    if (batch.isControl()) {
      TransactionMarker marker = TransactionMarker.read(batch);
      if (producer != null && marker != null) {
        checkMarker(producer, batch, marker, context.transactionVersion());
      }
      return;
    }
    if (producer != null && batch.producerEpoch() < producer.epoch()) {
      throw staleEpoch(batch, producer);
    }
    if (batch.isTransactional()) {
      checkKnown(batch, producer, context);
    }
    if (producer == null) {
      checkFirst(batch, context);
      return;
    }
    if (context.origin() == AppendOrigin.CLIENT) {
      checkSequence(producer, batch);
    }
    if (producer.transactionFirstOffset() >= 0 && !batch.isTransactional()) {
      throw new LogException(
          ErrorCode.INVALID_TXN_STATE,
          partition + ": batch outside of a transaction, but one is open for " + producer);
    }
  }

  /** The first batch of a transaction needs a coordinator that knows of it. */
  private void checkKnown(RecordBatch batch, ProducerState producer, AppendContext context) {
    boolean isOpen =
        producer != null
            && producer.epoch() == batch.producerEpoch()
            && producer.transactionFirstOffset() >= 0;
    if (isOpen) {
      return;
    }
    TransactionGuards.Guard guard = context.guard();
    if (!guards.isValid(guard, batch.producerId(), batch.producerEpoch())) {
      throw new LogException(
          ErrorCode.INVALID_TXN_STATE,
          partition
              + ": batch of producer "
              + batch.producerId()
              + " epoch "
              + batch.producerEpoch()
              + " is part of no open transaction");
    }
    // Else one before it is on its way, or was refused.
    boolean mayBeFirst =
        batch.baseSequence() <= guard.lowestSequence()
            && (batch.baseSequence() == 0
                || !guard.isEpochFresh()
                || (producer != null && producer.hasBatches()));
    if (context.origin() == AppendOrigin.CLIENT && !mayBeFirst) {
      throw new LogException(
          ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
          partition
              + ": sequence "
              + batch.baseSequence()
              + " cannot be the first of a transaction of producer "
              + batch.producerId()
              + " in epoch "
              + batch.producerEpoch());
    }
  }

  /**
   * Of a producer that may have been forgotten any sequence is as good as another. Of one that has
   * never been here, anything but the first one says that those before it are still under way, to a
   * leader that has been replaced (ADR 20). In the first epoch nobody has been, and it says that a
   * topic of the same name was here before.
   */
  private void checkFirst(RecordBatch batch, AppendContext context) {
    boolean mayBeUnderWay =
        complete
            && context.origin() == AppendOrigin.CLIENT
            && context.leaderEpoch() > 0
            && !batch.isTransactional();
    if (mayBeUnderWay && batch.baseSequence() != 0) {
      throw new LogException(
          ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
          partition
              + ": sequence "
              + batch.baseSequence()
              + " cannot be the first of producer "
              + batch.producerId());
    }
  }

  private void checkSequence(ProducerState producer, RecordBatch batch) {
    int sequence = batch.baseSequence();
    boolean follows;
    if (producer.epoch() == BatchHeader.NO_PRODUCER_EPOCH) {
      follows = true;
    } else if (producer.epoch() != batch.producerEpoch()) {
      follows = sequence == 0;
    } else {
      int last = producer.lastSequence();
      follows = sequence == last + 1 || (sequence == 0 && last == Integer.MAX_VALUE);
    }
    if (!follows) {
      throw new LogException(
          ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
          partition
              + ": sequence "
              + sequence
              + " in epoch "
              + batch.producerEpoch()
              + " does not follow that of "
              + producer);
    }
  }

  private void checkMarker(
      ProducerState producer, RecordBatch batch, TransactionMarker marker, short version) {
    short epoch = batch.producerEpoch();
    boolean stale;
    if (version >= STRICT_MARKER_EPOCHS) {
      // The coordinator raises the epoch before it writes the marker (KIP-890), so an equal one is
      // late, unless the transaction has ended already: then the marker is only written twice.
      boolean again =
          epoch == producer.epoch()
              && (producer.transactionFirstOffset() < 0 || epoch == Short.MAX_VALUE);
      stale = epoch <= producer.epoch() && !again;
    } else {
      stale = epoch < producer.epoch();
    }
    if (stale) {
      throw staleEpoch(batch, producer);
    }
    if (marker.coordinatorEpoch() < producer.coordinatorEpoch()) {
      throw new LogException(
          ErrorCode.TRANSACTION_COORDINATOR_FENCED,
          partition
              + ": marker of coordinator epoch "
              + marker.coordinatorEpoch()
              + ", but "
              + producer.coordinatorEpoch()
              + " was seen for "
              + producer);
    }
  }

  private LogException staleEpoch(RecordBatch batch, ProducerState producer) {
    return new LogException(
        ErrorCode.INVALID_PRODUCER_EPOCH,
        partition + ": epoch " + batch.producerEpoch() + " is older than that of " + producer);
  }

  /**
   * Takes over a batch with a producer id that is in the log now, its offsets set.
   *
   * @return the transaction it ended, to be entered into the transaction index if aborted; null if
   *     it ended none
   */
  CompletedTransaction update(RecordBatch batch) {
    long producerId = batch.producerId();
    if (batch.isControl()) {
      TransactionMarker marker = TransactionMarker.read(batch);
      return marker == null ? null : endTransaction(orCreate(producerId), batch, marker);
    }
    ProducerState producer = orCreate(producerId);
    if (batch.producerEpoch() < producer.epoch()) {
      LOG.warn("{}: batch of epoch {} behind {}", partition, batch.producerEpoch(), producer);
    }
    boolean isNewEpoch = batch.producerEpoch() != producer.epoch();
    producer.addBatch(
        batch.producerEpoch(),
        batch.lastSequence(),
        batch.lastOffset(),
        batch.lastOffsetDelta(),
        batch.maxTimestamp());
    if (batch.isTransactional() && producer.transactionFirstOffset() < 0) {
      producer.beginTransaction(batch.baseOffset());
      open.put(batch.baseOffset(), producerId);
      guards.onBegin(producerId, batch.producerEpoch());
    } else if (batch.isTransactional() && isNewEpoch) {
      guards.onBegin(producerId, batch.producerEpoch());
    }
    return null;
  }

  private CompletedTransaction endTransaction(
      ProducerState producer, RecordBatch batch, TransactionMarker marker) {
    long firstOffset = producer.transactionFirstOffset();
    producer.endTransaction(batch.producerEpoch(), marker.coordinatorEpoch(), batch.maxTimestamp());
    guards.onEnd(producer.producerId(), batch.producerEpoch());
    if (firstOffset < 0) {
      return null;
    }
    open.remove(firstOffset);
    unreplicated.put(firstOffset, batch.baseOffset());
    return new CompletedTransaction(
        producer.producerId(), firstOffset, batch.baseOffset(), marker.aborts());
  }

  /** What the transaction index says of an aborted transaction that has just ended. */
  AbortedTransaction aborted(CompletedTransaction completed) {
    long lastStableOffset = open.isEmpty() ? completed.lastOffset() + 1 : open.firstKey();
    return new AbortedTransaction(
        completed.producerId(), completed.firstOffset(), completed.lastOffset(), lastStableOffset);
  }

  /** Transactions whose markers are below it are stable now. */
  void onHighWatermark(long highWatermark) {
    if (!unreplicated.isEmpty()) {
      unreplicated.values().removeIf(marker -> marker < highWatermark);
    }
  }

  /** Forgets producers that have been silent for too long, unless in a transaction; and guards. */
  int removeExpired(long nowMs, long expirationMs) {
    List<Long> expired = new ArrayList<>();
    for (ProducerState producer : producers.values()) {
      if (producer.transactionFirstOffset() < 0
          && nowMs - producer.lastTimestamp() >= expirationMs) {
        expired.add(producer.producerId());
      }
    }
    expired.forEach(producers::remove);
    complete = complete && expired.isEmpty();
    guards.removeExpired(nowMs, expirationMs);
    return expired.size();
  }

  /** Some records of the log are not told of: compaction took them, or nobody has them. */
  void onGap() {
    complete = false;
  }

  /** Forgets everything; all that is in the log from an offset on will be told. */
  void startAnew(long offset) {
    complete = offset == 0;
    producers.clear();
    open.clear();
    unreplicated.clear();
    guards.clear();
  }

  /** Starts from a snapshot; all that is in the log behind it will be told. */
  void load(ProducerSnapshot snapshot, long nowMs, long expirationMs) {
    startAnew(0);
    complete = snapshot.complete();
    for (ProducerState producer : snapshot.producers()) {
      producers.put(producer.producerId(), producer);
      if (producer.transactionFirstOffset() >= 0) {
        open.put(producer.transactionFirstOffset(), producer.producerId());
        guards.onBegin(producer.producerId(), producer.epoch());
      }
    }
    removeExpired(nowMs, expirationMs);
  }

  private ProducerState orCreate(long producerId) {
    ProducerState producer = producers.get(producerId);
    if (producer == null) {
      producer = new ProducerState(producerId);
      producers.put(producerId, producer);
    }
    return producer;
  }
}
