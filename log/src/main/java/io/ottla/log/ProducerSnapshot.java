package io.ottla.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Bytes of a .snapshot file: the producers of a log as they were at the offset in the file's name.
 *
 * <pre>
 *  0         2        6                10
 *  +---------+--------+----------------+-----------------------------
 *  | version | crc    | number of      | entries, 46 bytes each:
 *  | (1)     |        | entries        |
 *  +---------+--------+----------------+-----------------------------
 *
 *  0             8       10              14            22
 *  +-------------+-------+---------------+-------------+-------------
 *  | producer id | epoch | last sequence | last offset | ...
 *  +-------------+-------+---------------+-------------+-------------
 *  22             26          34                  38               46
 *  +--------------+-----------+-------------------+----------------+
 *  | offset delta | timestamp | coordinator epoch | transaction's  |
 *  |              |           |                   | first offset   |
 *  +--------------+-----------+-------------------+----------------+
 * </pre>
 *
 * <p>Big-endian; the CRC-32C covers what comes after it. Of the batches, only the last is kept.
 */
final class ProducerSnapshot {

  private static final short VERSION = 1;
  private static final int CRC = 2;
  private static final int COUNT = 6;
  private static final int HEADER = 10;
  private static final int ENTRY = 46;

  private ProducerSnapshot() {}

  static byte[] encode(Collection<ProducerState> producers) {
    ByteBuffer bytes = ByteBuffer.allocate(HEADER + producers.size() * ENTRY);
    bytes.putShort(VERSION).putInt(0).putInt(producers.size());
    for (ProducerState producer : producers) {
      bytes
          .putLong(producer.producerId())
          .putShort(producer.epoch())
          .putInt(producer.lastSequence())
          .putLong(producer.lastOffset())
          .putInt(producer.lastOffsetDelta())
          .putLong(producer.lastTimestamp())
          .putInt(producer.coordinatorEpoch())
          .putLong(producer.transactionFirstOffset());
    }
    bytes.putInt(CRC, crc(bytes.array()));
    return bytes.array();
  }

  /**
   * Reads what {@link #encode} wrote.
   *
   * @throws IOException if the bytes are damaged or of another version
   */
  static List<ProducerState> decode(byte[] content) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(content);
    if (content.length < HEADER) {
      throw new IOException("producer snapshot of " + content.length + " bytes is too short");
    }
    if (bytes.getShort(0) != VERSION) {
      throw new IOException("producer snapshot has unknown version " + bytes.getShort(0));
    }
    if (bytes.getInt(CRC) != crc(content)) {
      throw new IOException("producer snapshot has a wrong checksum");
    }
    int count = bytes.getInt(COUNT);
    if (count < 0 || content.length != HEADER + (long) count * ENTRY) {
      throw new IOException("producer snapshot does not hold the " + count + " entries it says");
    }
    bytes.position(HEADER);
    List<ProducerState> producers = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      long producerId = bytes.getLong();
      short epoch = bytes.getShort();
      int lastSequence = bytes.getInt();
      long lastOffset = bytes.getLong();
      int offsetDelta = bytes.getInt();
      long timestamp = bytes.getLong();
      int coordinatorEpoch = bytes.getInt();
      long transactionFirstOffset = Math.max(-1L, bytes.getLong());
      ProducerState producer =
          new ProducerState(producerId, epoch, coordinatorEpoch, timestamp, transactionFirstOffset);
      if (lastOffset >= 0) {
        producer.addBatch(epoch, lastSequence, lastOffset, offsetDelta, timestamp);
      }
      producers.add(producer);
    }
    return producers;
  }

  private static int crc(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, COUNT, bytes.length - COUNT);
    return (int) crc.getValue();
  }
}
