package io.ottla.bench.cluster;

import io.ottla.bench.MeasurementException;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * Which records were acknowledged, by the number each carries, held against what is read back: each
 * of them once, and in each partition in the order sent. What was sent and not acknowledged may be
 * there, once too. Owned by one thread at a time: the producer's first, the reader's after it.
 */
final class Ledger {

  private final String topic;
  private final BitSet acknowledged = new BitSet();
  private final BitSet read = new BitSet();
  private final Map<Integer, Long> lastRead = new HashMap<>();

  Ledger(String topic) {
    this.topic = topic;
  }

  void acknowledged(long number) {
    acknowledged.set(Math.toIntExact(number));
  }

  /**
   * Takes the next record of a partition.
   *
   * @throws MeasurementException if it was read before, or is out of the order sent
   */
  void read(int partition, long offset, long number) {
    long last = lastRead.getOrDefault(partition, -1L);
    if (number <= last) {
      throw new MeasurementException(
          "%s-%d: record %d at offset %d comes after record %d: %s"
              .formatted(
                  topic,
                  partition,
                  number,
                  offset,
                  last,
                  read.get(Math.toIntExact(number)) ? "it is there twice" : "out of order"));
    }
    lastRead.put(partition, number);
    read.set(Math.toIntExact(number));
  }

  int acknowledged() {
    return acknowledged.cardinality();
  }

  /**
   * @throws MeasurementException if a record that was acknowledged has not been read
   */
  void requireComplete() {
    BitSet lost = (BitSet) acknowledged.clone();
    lost.andNot(read);
    if (!lost.isEmpty()) {
      throw new MeasurementException(
          "%s: lost %d of %d acknowledged records, the first of them record %d"
              .formatted(topic, lost.cardinality(), acknowledged(), lost.nextSetBit(0)));
    }
  }
}
