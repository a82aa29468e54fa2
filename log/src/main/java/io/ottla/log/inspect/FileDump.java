package io.ottla.log.inspect;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.ottla.wire.record.Compression;
import io.ottla.wire.record.ControlRecordType;
import io.ottla.wire.record.DecompressionLimits;
import io.ottla.wire.record.InvalidRecordException;
import io.ottla.wire.record.RecordBatch;
import io.ottla.wire.record.RecordReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Function;

/**
 * Prints what is in a file of a log directory: a line for each batch, record, entry or setting. A
 * line that begins with {@code !} says what is wrong with the file.
 */
public final class FileDump {

  private static final int SHOWN_BYTES = 200;
  private static final int MAX_TEXT_BYTES = 64 * 1024;
  private static final DecompressionLimits LIMITS = DecompressionLimits.ofBatch(1L << 30);

  private final PrintWriter out;
  private final boolean withRecords;
  private final RecordText text;

  /**
   * @param withRecords whether records are shown too, not batches alone
   * @param text what records of internal topics mean
   */
  public FileDump(PrintWriter out, boolean withRecords, RecordText text) {
    this.out = out;
    this.withRecords = withRecords;
    this.text = text;
  }

  /** Prints a file; returns whether it is whole. */
  public boolean dump(Path file) {
    out.println("# " + file);
    try {
      if (!Files.isRegularFile(file)) {
        return wrong(Files.exists(file) ? "this is no file" : "there is no such file");
      }
      return switch (FileKind.of(file)) {
        case SEGMENT, METADATA_SNAPSHOT -> batches(file);
        case OFFSET_INDEX -> offsetIndex(file);
        case TIME_INDEX -> timeIndex(file);
        case TRANSACTION_INDEX -> transactionIndex(file);
        case PRODUCER_SNAPSHOT -> producers(file);
        case LEADER_EPOCHS -> {
          CheckpointFile.read(
              file, 2, 2, it -> out.println("epoch: " + it[0] + " startOffset: " + it[1]));
          yield true;
        }
        case OFFSET_CHECKPOINT -> {
          CheckpointFile.read(
              file,
              3,
              2,
              it -> out.println("topic: " + it[0] + " partition: " + it[1] + " offset: " + it[2]));
          yield true;
        }
        case PARTITION_METADATA, PROPERTIES, TEXT -> text(file);
        case UNKNOWN -> wrong("no file of a log directory has such a name");
      };
    } catch (DamagedFileException e) {
      return wrong(e.getMessage());
    } catch (IOException e) {
      return wrong("cannot be read: " + e);
    } finally {
      out.flush();
    }
  }

  private boolean wrong(String what) {
    out.println("! " + what);
    return false;
  }

  private boolean batches(Path file) throws IOException {
    boolean whole = true;
    try (BatchScan scan = new BatchScan(file);
        RecordReader records = new RecordReader()) {
      while (scan.next()) {
        boolean valid = scan.isCrcValid();
        whole &= valid;
        out.println(batchLine(scan, valid));
        if (withRecords && valid) {
          whole &= records(file, scan, records);
        }
      }
      if (scan.flaw() != null) {
        return wrong("position " + scan.nextPosition() + ": " + scan.flaw());
      }
      if (scan.endsWithZeros()) {
        out.println("position: " + scan.nextPosition() + " zeros to the end of the file");
      }
    }
    return whole;
  }

  private static String batchLine(BatchScan scan, boolean valid) {
    RecordBatch batch = scan.header();
    Compression codec = Compression.forId(batch.compressionId());
    return "baseOffset: "
        + batch.baseOffset()
        + " lastOffset: "
        + batch.lastOffset()
        + " count: "
        + batch.recordCount()
        + " baseSequence: "
        + batch.baseSequence()
        + " lastSequence: "
        + batch.lastSequence()
        + " producerId: "
        + batch.producerId()
        + " producerEpoch: "
        + batch.producerEpoch()
        + " leaderEpoch: "
        + batch.partitionLeaderEpoch()
        + " transactional: "
        + batch.isTransactional()
        + " control: "
        + batch.isControl()
        + (batch.hasDeleteHorizon() ? " deleteHorizonMs: " + batch.baseTimestamp() : "")
        + " position: "
        + scan.position()
        + " size: "
        + scan.sizeInBytes()
        + (batch.isLogAppendTime() ? " logAppendTime: " : " maxTimestamp: ")
        + batch.maxTimestamp()
        + " compression: "
        + (codec == null
            ? "unknown (" + batch.compressionId() + ")"
            : codec.name().toLowerCase(Locale.ROOT))
        + " crc: "
        + Integer.toUnsignedString(batch.crc())
        + (valid ? "" : " ! the checksum is wrong");
  }

  private boolean records(Path file, BatchScan scan, RecordReader reader) throws IOException {
    RecordBatch batch = scan.whole();
    if (batch == null) {
      out.println("| too large to be looked into");
      return true;
    }
    try {
      reader.open(batch, LIMITS);
      while (reader.next()) {
        out.println(recordLine(topicOf(file), batch, reader));
      }
      return true;
    } catch (InvalidRecordException e) {
      return wrong("position " + scan.position() + ": the records are damaged: " + e.getMessage());
    }
  }

  private String recordLine(String topic, RecordBatch batch, RecordReader record) {
    StringBuilder line = new StringBuilder("| offset: ").append(record.offset());
    line.append(" timestamp: ").append(record.timestamp());
    if (batch.isControl()) {
      return line.append(" control: ").append(ControlRecordType.parse(record.key())).toString();
    }
    if (batch.baseSequence() >= 0) {
      line.append(" sequence: ").append(record.sequence());
    }
    if (record.headerCount() > 0) {
      line.append(" headers: ").append(record.headerCount());
    }
    String meaning = meaning(topic, record);
    return meaning != null
        ? line.append(' ').append(meaning).toString()
        : line.append(" key: ")
            .append(shown(record.key()))
            .append(" value: ")
            .append(shown(record.value()))
            .toString();
  }

  private String meaning(String topic, RecordReader record) {
    try {
      return text.of(topic, record.key(), record.value());
    } catch (RuntimeException e) {
      // Not what the topic's records look like: it is shown as it is.
      return null;
    }
  }

  private static String shown(ByteBuf bytes) {
    if (bytes == null) {
      return "null";
    }
    int size = bytes.readableBytes();
    byte[] first = ByteBufUtil.getBytes(bytes, bytes.readerIndex(), Math.min(size, SHOWN_BYTES));
    boolean printable = true;
    for (byte b : first) {
      printable &= b >= ' ' && b < 127;
    }
    String shown =
        printable
            ? "'" + new String(first, StandardCharsets.US_ASCII) + "'"
            : "0x" + ByteBufUtil.hexDump(first);
    return size > first.length ? shown + "... (" + size + " bytes)" : shown;
  }

  private static String topicOf(Path file) {
    Path directory = file.toAbsolutePath().getParent();
    String name = directory == null ? "" : directory.getFileName().toString();
    int dash = name.lastIndexOf('-');
    return dash < 1 ? name : name.substring(0, dash);
  }

  private boolean offsetIndex(Path file) throws IOException {
    long base = FileKind.offset(file);
    return entries(
        file,
        EntryScan.OFFSET_ENTRY,
        entry -> "offset: " + (base + entry.getInt(0)) + " position: " + entry.getInt(4));
  }

  private boolean timeIndex(Path file) throws IOException {
    long base = FileKind.offset(file);
    return entries(
        file,
        EntryScan.TIME_ENTRY,
        entry -> "timestamp: " + entry.getLong(0) + " offset: " + (base + entry.getInt(8)));
  }

  /** Zeros at the end are room for more entries. */
  private boolean entries(Path file, int entrySize, Function<ByteBuffer, String> line)
      throws IOException {
    try (EntryScan scan = new EntryScan(file, entrySize)) {
      long zeros = 0;
      for (ByteBuffer entry = scan.next(); entry != null; entry = scan.next()) {
        if (EntryScan.isZero(entry)) {
          zeros++;
          continue;
        }
        // The first batch of a segment whose base offset is its own, too, is all zeros.
        for (; zeros > 0; zeros--) {
          out.println(line.apply(ByteBuffer.allocate(entrySize)));
        }
        out.println(line.apply(entry));
      }
      if (zeros == 1 && scan.entries() == 1) {
        out.println(line.apply(ByteBuffer.allocate(entrySize)));
      } else if (zeros > 0) {
        out.println("room for " + zeros + " more entries");
      }
      return noRest(scan);
    }
  }

  private boolean transactionIndex(Path file) throws IOException {
    try (EntryScan scan = new EntryScan(file, EntryScan.TRANSACTION_ENTRY)) {
      for (ByteBuffer entry = scan.next(); entry != null; entry = scan.next()) {
        if (entry.getShort(0) != 0) {
          return wrong("an entry has version " + entry.getShort(0) + ", not 0");
        }
        out.println(
            "producerId: "
                + entry.getLong(2)
                + " firstOffset: "
                + entry.getLong(10)
                + " lastOffset: "
                + entry.getLong(18)
                + " lastStableOffset: "
                + entry.getLong(26));
      }
      return noRest(scan);
    }
  }

  private boolean noRest(EntryScan scan) {
    return scan.rest() == 0 || wrong("the last entry is cut off after " + scan.rest() + " bytes");
  }

  private boolean producers(Path file) throws IOException {
    SnapshotFile.read(
        file,
        it ->
            out.println(
                "producerId: "
                    + it.producerId()
                    + " producerEpoch: "
                    + it.epoch()
                    + " lastSequence: "
                    + it.lastSequence()
                    + " lastOffset: "
                    + it.lastOffset()
                    + " offsetDelta: "
                    + it.offsetDelta()
                    + " timestamp: "
                    + it.timestamp()
                    + " coordinatorEpoch: "
                    + it.coordinatorEpoch()
                    + " transactionFirstOffset: "
                    + it.transactionFirstOffset()));
    return true;
  }

  private boolean text(Path file) throws IOException {
    long size = Files.size(file);
    if (size > MAX_TEXT_BYTES) {
      return wrong("it has " + size + " bytes, far more than such a file can have");
    }
    byte[] bytes = Files.readAllBytes(file);
    for (byte b : bytes) {
      if (b < ' ' && b != '\n' && b != '\r' && b != '\t') {
        return wrong("it is no text");
      }
    }
    new String(bytes, StandardCharsets.UTF_8)
        .lines()
        .filter(line -> !line.isBlank() && !line.startsWith("#"))
        .forEach(out::println);
    return true;
  }
}
