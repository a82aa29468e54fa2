package io.ottla.wire.record;

/**
 * Layout of a record batch, magic 2 (KIP-98): where each header field lies.
 *
 * <pre>
 *  0        8             12                    16      17    21
 *  +--------+-------------+---------------------+-------+-----+------------
 *  | base   | length of   | partition leader    | magic | crc | attributes
 *  | offset | what follows| epoch               |  (2)  |     | (16 bits)
 *  +--------+-------------+---------------------+-------+-----+------------
 *  21           23                 27               35              43
 *  +------------+------------------+----------------+---------------+------
 *  | attributes | last offset delta| base timestamp | max timestamp | ...
 *  +------------+------------------+----------------+---------------+------
 *  43            51               53              57      61
 *  +-------------+----------------+---------------+-------+----------
 *  | producer id | producer epoch | base sequence | count | records...
 *  +-------------+----------------+---------------+-------+----------
 * </pre>
 *
 * <p>All numbers are big-endian. The CRC is CRC-32C over everything from {@link #ATTRIBUTES} to the
 * batch's end; base offset and leader epoch lie outside it, so a broker can set them in place.
 */
public final class BatchHeader {

  public static final int BASE_OFFSET = 0;
  public static final int LENGTH = 8;
  public static final int PARTITION_LEADER_EPOCH = 12;
  public static final int MAGIC = 16;
  public static final int CRC = 17;
  public static final int ATTRIBUTES = 21;
  public static final int LAST_OFFSET_DELTA = 23;
  public static final int BASE_TIMESTAMP = 27;
  public static final int MAX_TIMESTAMP = 35;
  public static final int PRODUCER_ID = 43;
  public static final int PRODUCER_EPOCH = 51;
  public static final int BASE_SEQUENCE = 53;
  public static final int RECORD_COUNT = 57;

  /** Bytes of the whole header: the records start here. */
  public static final int SIZE = 61;

  /** Base offset and length: what one must read to know how long the batch is. */
  public static final int LOG_OVERHEAD = 12;

  public static final byte CURRENT_MAGIC = 2;

  /** Attribute bits: the codec of the records. */
  public static final int COMPRESSION_MASK = 0x07;

  /** Attribute bit: timestamps are the broker's (log append time). */
  public static final int TIMESTAMP_TYPE_MASK = 0x08;

  /** Attribute bit: the batch belongs to a transaction. */
  public static final int TRANSACTIONAL_MASK = 0x10;

  /** Attribute bit: the batch is a control batch (markers), not client data. */
  public static final int CONTROL_MASK = 0x20;

  /** Attribute bit: base timestamp is the delete horizon set by compaction (KIP-534). */
  public static final int DELETE_HORIZON_MASK = 0x40;

  public static final long NO_PRODUCER_ID = -1L;
  public static final short NO_PRODUCER_EPOCH = -1;
  public static final int NO_SEQUENCE = -1;
  public static final int NO_PARTITION_LEADER_EPOCH = -1;
  public static final long NO_TIMESTAMP = -1L;

  private BatchHeader() {}
}
