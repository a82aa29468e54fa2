package io.ottla.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * What is in a .snapshot file: the producers of a log as they were at the offset in the file's
 * name.
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
 *
 *  behind the entries, where Kafka's brokers do not look (ADR 20):
 *  0            8              9
 *  +------------+--------------+------------------------------------
 *  | "OttlaSeq" | complete (1) | for each entry, in their order:
 *  |            | or not (0)   | first sequence of its run, 4 bytes
 *  +------------+--------------+------------------------------------
 * </pre>
 *
 * <p>Big-endian; the CRC-32C covers what comes after it. Of the batches, only the last is kept. A
 * file that ends with the entries was written by Kafka, or by an Ottla before ADR 20: it is not
 * complete, and a run begins with the batch.
 *
 * @param producers what is known of each; the receiver's own
 * @param complete whether there has been no other producer in all of the log (see ProducerStates)
 */
record ProducerSnapshot(List<ProducerState> producers, boolean complete) {

  private static final short VERSION = 1;
  private static final int CRC = 2;
  private static final int COUNT = 6;
  private static final int HEADER = 10;
  private static final int ENTRY = 46;
  private static final byte[] RUNS = "OttlaSeq".getBytes(StandardCharsets.US_ASCII);
  private static final int RUN = 4;

  static byte[] encode(ProducerStates states) {
    return encode(states.all(), states.isComplete());
  }

  static byte[] encode(Collection<ProducerState> producers, boolean complete) {
    int count = producers.size();
    ByteBuffer bytes =
        ByteBuffer.allocate(HEADER + count * (ENTRY + RUN) + RUNS.length + Byte.BYTES);
    bytes.putShort(VERSION).putInt(0).putInt(count);
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
    bytes.put(RUNS).put((byte) (complete ? 1 : 0));
    producers.forEach(producer -> bytes.putInt(producer.runStart()));
    bytes.putInt(CRC, crc(bytes.array()));
    return bytes.array();
  }

  /**
   * Reads what {@link #encode} wrote, or Kafka.
   *
   * @throws IOException if the bytes are damaged or of another version
   */
  static ProducerSnapshot decode(byte[] content) throws IOException {
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
    if (count < 0 || content.length < HEADER + (long) count * ENTRY) {
      throw new IOException("producer snapshot does not hold the " + count + " entries it says");
    }
    bytes.position(HEADER);
    List<ProducerState> producers = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      producers.add(decodeEntry(bytes));
    }
    return new ProducerSnapshot(producers, bytes.hasRemaining() && decodeRuns(bytes, producers));
  }

  private static ProducerState decodeEntry(ByteBuffer bytes) {
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
    return producer;
  }

  /** Gives the producers their runs; returns whether they are all there have been. */
  private static boolean decodeRuns(ByteBuffer bytes, List<ProducerState> producers)
      throws IOException {
    byte[] magic = new byte[RUNS.length];
    if (bytes.remaining() == RUNS.length + Byte.BYTES + producers.size() * RUN) {
      bytes.get(magic);
    }
    if (!Arrays.equals(magic, RUNS)) {
      throw new IOException("producer snapshot has " + bytes.remaining() + " bytes too many");
    }
    boolean complete = bytes.get() == 1;
    for (ProducerState producer : producers) {
      producer.runStart(bytes.getInt());
    }
    return complete;
  }

  private static int crc(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, COUNT, bytes.length - COUNT);
    return (int) crc.getValue();
  }
}
