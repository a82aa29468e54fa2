package io.ottla.broker.fetch;

import io.ottla.log.LogException;
import io.ottla.log.LogSlice;
import io.ottla.wire.ErrorCode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings into memory what one fetch is about to read of partitions where that is not to be expected
 * there: indexes, batch headers, record bytes. Holds the segments until {@link #release}, so that
 * reading them again finds them open.
 *
 * <p>Made, and looked at when it is done, on the fetch's event loop; runs on a thread that may
 * block.
 */
final class ColdReading implements Runnable {

  private static final Logger LOG = LoggerFactory.getLogger(ColdReading.class);

  private final PartitionReader reader;
  private final ReadAhead readAhead;
  private final SequentialReads sequences;
  private final List<WantedPartition> wanted;
  private final Set<FetchKey> keys;
  private final int maxBytes;
  private final Executor eventLoop;
  private final Runnable whenDone;

  private final List<LogSlice> held = new ArrayList<>();
  private final Map<FetchKey, ErrorCode> failed = new HashMap<>();

  private volatile boolean abandoned;
  private boolean done;

  /**
   * @param wanted the partitions, in the order in which they get their share
   * @param maxBytes most bytes of all of them
   * @param whenDone called on the event loop
   */
  ColdReading(
      PartitionReader reader,
      ReadAhead readAhead,
      SequentialReads sequences,
      List<WantedPartition> wanted,
      int maxBytes,
      Executor eventLoop,
      Runnable whenDone) {
    this.reader = reader;
    this.readAhead = readAhead;
    this.sequences = sequences;
    this.wanted = wanted;
    this.keys = wanted.stream().map(WantedPartition::key).collect(Collectors.toSet());
    this.maxBytes = maxBytes;
    this.eventLoop = eventLoop;
    this.whenDone = whenDone;
  }

  @Override
  public void run() {
    try {
      int bytes = 0;
      for (WantedPartition partition : wanted) {
        if (abandoned) {
          break;
        }
        bytes += bringIn(partition, Math.max(0, maxBytes - bytes), bytes == 0);
      }
    } catch (RuntimeException | Error e) {
      // The event loop will come upon the same, and has somebody to tell.
      LOG.error("Reading ahead for a fetch failed", e);
    }
    try {
      eventLoop.execute(this::done);
    } catch (RejectedExecutionException e) {
      LOG.debug("Nobody waits any more for what was read ahead", e);
      release();
    }
  }

  private int bringIn(WantedPartition partition, int room, boolean atLeastOneBatch) {
    LogSlice slice = LogSlice.EMPTY;
    try {
      slice = reader.readCold(partition, room, atLeastOneBatch);
      if (slice.isEmpty()) {
        return 0;
      }
      held.add(slice);
      readAhead.bringIn(slice);
      sequences.onRead(partition.key(), slice, readAhead);
      return slice.sizeInBytes();
    } catch (LogException e) {
      if (e.error() == ErrorCode.KAFKA_STORAGE_ERROR) {
        LOG.error("{} cannot be read: {}", partition.key(), e.getMessage());
        failed.put(partition.key(), e.error());
      } // Else the view has changed, and the event loop will see how.
    } catch (IOException e) {
      LOG.error("{} cannot be read: {}", slice, e.toString());
      failed.put(partition.key(), ErrorCode.KAFKA_STORAGE_ERROR);
    }
    return 0;
  }

  private void done() {
    done = true;
    whenDone.run();
  }

  boolean isDone() {
    return done;
  }

  /** Whether a partition is among those brought in. */
  boolean covers(FetchKey key) {
    return keys.contains(key);
  }

  /** What the disk said of a partition: {@link ErrorCode#NONE} if it gave what was asked for. */
  ErrorCode error(FetchKey key) {
    return failed.getOrDefault(key, ErrorCode.NONE);
  }

  /** Nobody will want it any more: what was not begun need not be. */
  void abandon() {
    abandoned = true;
  }

  /** Gives back what it holds. Once it is done. */
  void release() {
    held.forEach(LogSlice::release);
    held.clear();
  }
}
