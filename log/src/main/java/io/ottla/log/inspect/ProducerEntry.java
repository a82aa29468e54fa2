package io.ottla.log.inspect;

import java.nio.ByteBuffer;

/**
 * One producer in a .snapshot file.
 *
 * @param lastOffset of its last batch, or -1
 * @param transactionFirstOffset of its open transaction, or -1
 */
record ProducerEntry(
    long producerId,
    short epoch,
    int lastSequence,
    long lastOffset,
    int offsetDelta,
    long timestamp,
    int coordinatorEpoch,
    long transactionFirstOffset) {

  static final int BYTES = 46;

  static ProducerEntry read(ByteBuffer from) {
    return new ProducerEntry(
        from.getLong(),
        from.getShort(),
        from.getInt(),
        from.getLong(),
        from.getInt(),
        from.getLong(),
        from.getInt(),
        from.getLong());
  }
}
