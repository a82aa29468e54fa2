package io.ottla.wire.record;

import java.util.ArrayList;
import java.util.List;

/**
 * What a topic asks of each record: a key if the topic is compacted, and a timestamp near enough to
 * the broker's if it keeps the producers'. Gathers the records that break it.
 *
 * <p>For one batch and one thread.
 */
final class RecordRules {

  /** Errors kept. A response must not grow with what one hostile batch can hold. */
  private static final int MAX_ERRORS = 1000;

  private final boolean keyRequired;
  private final long minTimestamp;
  private final long maxTimestamp;

  private List<RecordError> errors = List.of();
  private int errorCount;
  private boolean timestampBroken;

  /**
   * @param minTimestamp earliest that is accepted, milliseconds
   * @param maxTimestamp latest that is accepted, milliseconds
   */
  RecordRules(boolean keyRequired, long minTimestamp, long maxTimestamp) {
    this.keyRequired = keyRequired;
    this.minTimestamp = minTimestamp;
    this.maxTimestamp = maxTimestamp;
  }

  void check(int index, long timestamp, boolean hasKey) {
    if (keyRequired && !hasKey) {
      add(index, "the topic is compacted: a record must have a key");
    } else if ((timestamp < minTimestamp || timestamp > maxTimestamp)
        && timestamp != BatchHeader.NO_TIMESTAMP) {
      timestampBroken = true;
      add(
          index,
          "the timestamp "
              + timestamp
              + " does not lie between "
              + minTimestamp
              + " and "
              + maxTimestamp);
    }
  }

  private void add(int index, String message) {
    if (errors.isEmpty()) {
      errors = new ArrayList<>();
    }
    if (errors.size() < MAX_ERRORS) {
      errors.add(new RecordError(index, message));
    }
    errorCount++;
  }

  /** How many records broke a rule, also those beyond the kept ones. */
  int errorCount() {
    return errorCount;
  }

  /** The first records that broke a rule. */
  List<RecordError> errors() {
    return errors;
  }

  /** Whether a timestamp was among the reasons. */
  boolean isTimestampBroken() {
    return timestampBroken;
  }
}
