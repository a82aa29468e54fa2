package io.ottla.bench.log;

import io.ottla.bench.MeasurementException;
import java.util.Arrays;

/**
 * Holds what a consumer reads of a compacted log, to which records were written in the order of
 * their numbers and at the offsets of these, against what had to stay and what had to go. Owned by
 * the consuming thread.
 */
final class CompactedCheck {

  private final String topic;
  private final Keys keys;
  private final long[] last;
  private final long[] lastCompacted;
  private final long compactedTo;
  private final long[] read;
  private long nextOffset;
  private long records;

  /**
   * @param written records
   * @param compactedTo below this offset a record must be the last of its key, of those below it
   */
  CompactedCheck(String topic, int keys, long written, long compactedTo) {
    this.topic = topic;
    this.keys = new Keys(keys);
    this.last = this.keys.last(written);
    this.lastCompacted = this.keys.last(compactedTo);
    this.compactedTo = compactedTo;
    this.read = new long[keys];
    Arrays.fill(read, -1);
  }

  /**
   * Takes the next record.
   *
   * @throws MeasurementException if it is out of order, was never written like this, or should have
   *     been compacted away
   */
  void accept(long offset, int key, long number) {
    if (offset < nextOffset) {
      throw new MeasurementException(
          "%s: offset %d after %d".formatted(topic, offset, nextOffset - 1));
    }
    if (number != offset || key != keys.of(number)) {
      throw new MeasurementException(
          "%s: offset %d has record %d of key %d".formatted(topic, offset, number, key));
    }
    if (offset < compactedTo && lastCompacted[key] != number) {
      throw new MeasurementException(
          "%s: compacted up to offset %d, yet offset %d of key %d is there, which %d replaced"
              .formatted(topic, compactedTo, offset, key, lastCompacted[key]));
    }
    nextOffset = offset + 1;
    read[key] = number;
    records++;
  }

  long records() {
    return records;
  }

  /**
   * Call after the last record.
   *
   * @throws MeasurementException if the latest value of a key is missing
   */
  void requireComplete() {
    for (int key = 0; key < last.length; key++) {
      if (read[key] != last[key]) {
        throw new MeasurementException(
            "%s: the latest value of key %d is record %d; read %d"
                .formatted(topic, key, last[key], read[key]));
      }
    }
  }
}
