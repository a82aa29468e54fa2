package io.ottla.wire.record;

import io.netty.buffer.ByteBuf;
import io.ottla.wire.ErrorCode;
import java.util.List;

/** What {@link BatchValidator} says of the records produced to one partition. */
public sealed interface BatchVerdict {

  /**
   * The batch can be appended.
   *
   * @param recordCount at least 1
   * @param lastOffsetDelta the record count less 1
   * @param maxTimestamp greatest timestamp, milliseconds; -1 if no record has one
   * @param maxTimestampOffsetDelta offset delta of the first record with that timestamp; of the
   *     last record if the timestamps are the broker's
   * @param converted the batch to append in place of the one produced, because the topic wants
   *     another codec; null if the one produced is right. A new buffer, for the caller to release
   */
  record Accepted(
      int recordCount,
      int lastOffsetDelta,
      long maxTimestamp,
      int maxTimestampOffsetDelta,
      ByteBuf converted)
      implements BatchVerdict {}

  /**
   * The batch is not to be appended; nothing in it has been changed.
   *
   * @param error never NONE
   * @param message why, for the response's error message
   * @param recordErrors the records to blame, as many as a response may carry; empty if the batch
   *     as a whole is to blame
   */
  record Rejected(ErrorCode error, String message, List<RecordError> recordErrors)
      implements BatchVerdict {

    public Rejected {
      recordErrors = List.copyOf(recordErrors);
    }

    static Rejected of(ErrorCode error, String message) {
      return new Rejected(error, message, List.of());
    }
  }
}
