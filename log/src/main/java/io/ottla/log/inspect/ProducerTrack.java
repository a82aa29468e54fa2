package io.ottla.log.inspect;

import io.ottla.wire.record.RecordBatch;
import java.util.HashMap;
import java.util.Map;

/** What the batches say of their producers, so far. */
final class ProducerTrack {

  private record Last(short epoch, int sequence, long offset) {}

  private final Map<Long, Last> producers = new HashMap<>();

  void onBatch(RecordBatch batch) {
    if (!batch.hasProducerId()) {
      return;
    }
    Last last = producers.get(batch.producerId());
    if (!batch.isControl()) {
      producers.put(
          batch.producerId(),
          new Last(batch.producerEpoch(), batch.lastSequence(), batch.lastOffset()));
    } else if (last == null || last.epoch < batch.producerEpoch()) {
      producers.put(batch.producerId(), new Last(batch.producerEpoch(), -1, -1));
    }
  }

  /** How a snapshot contradicts the batches before it; null if it does not. */
  String contradiction(ProducerEntry entry) {
    Last last = producers.get(entry.producerId());
    if (last == null || last.offset < 0 || entry.lastOffset() < 0) {
      return null;
    }
    boolean agrees =
        last.epoch == entry.epoch()
            && last.sequence == entry.lastSequence()
            && last.offset == entry.lastOffset();
    return agrees
        ? null
        : "producer "
            + entry.producerId()
            + " has epoch "
            + entry.epoch()
            + ", sequence "
            + entry.lastSequence()
            + ", offset "
            + entry.lastOffset()
            + " here, and epoch "
            + last.epoch
            + ", sequence "
            + last.sequence
            + ", offset "
            + last.offset
            + " in the log";
  }
}
