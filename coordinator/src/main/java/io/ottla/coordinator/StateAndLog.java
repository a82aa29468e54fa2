package io.ottla.coordinator;

import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import java.util.List;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a state machine in step with its log: what is appended is replayed at once.
 *
 * <p>Owned by the shard's thread.
 */
final class StateAndLog {

  private static final Logger LOG = LoggerFactory.getLogger(StateAndLog.class);

  /** What was appended could not be replayed: the state is not what the log says any more. */
  static final class Disagreement extends Exception {

    private static final long serialVersionUID = 1L;

    Disagreement(Throwable cause) {
      super(cause);
    }
  }

  private interface Append {
    long run() throws CoordinatorLogException;
  }

  private final CoordinatorLog log;
  private final TopicPartition topicPartition;
  private CoordinatorShard machine;

  /** The end of the log, as replayed. */
  private long endOffset;

  StateAndLog(CoordinatorLog log) {
    this.log = log;
    this.topicPartition = log.topicPartition();
  }

  /** Starts with another machine, which has replayed the log up to an offset. */
  void start(CoordinatorShard loaded, long loadedEndOffset) {
    machine = loaded;
    endOffset = loadedEndOffset;
  }

  long endOffset() {
    return endOffset;
  }

  /**
   * Appends records as one batch.
   *
   * @return NONE, or why nothing was appended
   */
  ErrorCode append(List<CoordinatorRecord> records, TransactionalProducer producer, long nowMs)
      throws Disagreement {
    if (records.isEmpty()) {
      return ErrorCode.NONE;
    }
    long producerId = producer == null ? CoordinatorShard.NO_PRODUCER_ID : producer.id();
    return append(
        records.size() + " records",
        () -> log.append(records, producer, nowMs),
        newEndOffset -> replay(newEndOffset - records.size(), producerId, records));
  }

  /** Appends records in as many batches as it takes; some may be in although a later one is not. */
  ErrorCode appendInParts(List<CoordinatorRecord> records, long nowMs) throws Disagreement {
    int from = 0;
    while (from < records.size()) {
      int to = from;
      int bytes = 0;
      do {
        bytes += CoordinatorRecordCodec.sizeInBatch(records.get(to));
        to++;
      } while (to < records.size()
          && bytes + CoordinatorRecordCodec.sizeInBatch(records.get(to)) <= log.maxBatchBytes());
      ErrorCode error = append(records.subList(from, to), null, nowMs);
      if (error != ErrorCode.NONE) {
        return error;
      }
      from = to;
    }
    return ErrorCode.NONE;
  }

  /** Appends the end of a transaction. */
  ErrorCode append(EndMarker marker, long nowMs) throws Disagreement {
    return append(
        "a marker",
        () -> log.append(marker, nowMs),
        newEndOffset -> {
          checkAppended(newEndOffset - 1);
          machine.replayEndTransaction(marker.producerId(), marker.isCommit());
        });
  }

  private ErrorCode append(String what, Append append, LongConsumer replay) throws Disagreement {
    long newEndOffset;
    try {
      newEndOffset = append.run();
      replay.accept(newEndOffset);
    } catch (CoordinatorLogException e) {
      LOG.info("Appending {} to {} failed: {}", what, topicPartition, e.getMessage());
      return e.coordinatorError();
    } catch (RuntimeException | AssertionError e) {
      throw new Disagreement(e);
    }
    endOffset = newEndOffset;
    return ErrorCode.NONE;
  }

  private void replay(long baseOffset, long producerId, List<CoordinatorRecord> records) {
    checkAppended(baseOffset);
    long offset = baseOffset;
    for (CoordinatorRecord record : records) {
      machine.replay(offset++, producerId, record);
    }
  }

  private void checkAppended(long baseOffset) {
    if (baseOffset < endOffset) {
      throw new IllegalStateException(
          "appended at offset " + baseOffset + ", below the known end " + endOffset);
    }
  }
}
