package io.ottla.log.cleaner;

import io.ottla.wire.record.RecordBatch;
import java.util.HashMap;
import java.util.Map;

/**
 * The last batch of each producer that is active: with it goes the sequence number by which the
 * next one is checked. Filled by the log's owner, read by one thread after that.
 */
public final class LastBatches {

  private record Last(long offset, short epoch) {}

  private final Map<Long, Last> producers = new HashMap<>();

  /**
   * Adds a producer.
   *
   * @param lastOffset of its last data, -1 if a marker is all that is known of this epoch
   */
  public void add(long producerId, long lastOffset, short epoch) {
    producers.put(producerId, new Last(lastOffset, epoch));
  }

  /** Whether a batch tells what a producer did last. */
  public boolean contains(RecordBatch batch) {
    if (!batch.hasProducerId()) {
      return false;
    }
    Last last = producers.get(batch.producerId());
    if (last == null) {
      return false;
    }
    return last.offset() >= 0
        ? batch.lastOffset() == last.offset()
        : batch.isControl() && batch.producerEpoch() == last.epoch();
  }
}
