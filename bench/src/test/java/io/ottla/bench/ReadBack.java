package io.ottla.bench;

import java.util.HashMap;
import java.util.Map;

/**
 * Holds what a consumer reads against what was acknowledged: as many records, with the same numbers
 * in them, at offsets without gaps. Owned by the consuming thread.
 */
public final class ReadBack {

  private final Produced produced;
  private final Map<Integer, Long> nextOffsets = new HashMap<>();
  private long records;
  private long sumOfNumbers;

  public ReadBack(Produced produced) {
    this.produced = produced;
  }

  /**
   * Takes the next record.
   *
   * @throws MeasurementException if it does not follow the last one of its partition
   */
  public void accept(int partition, long offset, long number) {
    long expected = nextOffsets.getOrDefault(partition, 0L);
    if (offset != expected) {
      throw new MeasurementException(
          "%s-%d: offset %d where %d comes next"
              .formatted(produced.topic(), partition, offset, expected));
    }
    nextOffsets.put(partition, offset + 1);
    records++;
    sumOfNumbers += number;
  }

  public boolean wantsMore() {
    return records < produced.records();
  }

  public long records() {
    return records;
  }

  /**
   * @param logEnds the sum of the end offsets of all partitions
   * @throws MeasurementException if anything is missing, or there is more than was acknowledged
   */
  public void requireComplete(long logEnds) {
    if (records != produced.records()
        || sumOfNumbers != produced.sumOfNumbers()
        || logEnds != produced.records()) {
      throw new MeasurementException(
          "%s: %d records acknowledged, their numbers adding up to %d; read %d, adding up to %d; the logs hold %d"
              .formatted(
                  produced.topic(),
                  produced.records(),
                  produced.sumOfNumbers(),
                  records,
                  sumOfNumbers,
                  logEnds));
    }
  }
}
