package io.ottla.metadata.takeover;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.SnapshotFooterRecord;
import org.apache.kafka.common.message.SnapshotHeaderRecord;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.metadata.MetadataRecordSerde;
import org.apache.kafka.server.common.ApiMessageAndVersion;

/** Writes a metadata log with Kafka's own classes. */
final class KafkaLogWriter {

  private static final int EPOCH = 3;

  private final Path directory;
  private Path segment;
  private long endOffset;

  KafkaLogWriter(Path metadataLogDir) throws IOException {
    this.directory = Files.createDirectories(metadataLogDir.resolve(Takeover.DIRECTORY_NAME));
    roll();
  }

  /** Writes to a new segment from now on. */
  void roll() {
    segment = directory.resolve("%020d.log".formatted(endOffset));
  }

  Path segment() {
    return segment;
  }

  long endOffset() {
    return endOffset;
  }

  /** One batch of records, in their newest versions. */
  void write(ApiMessage... records) throws IOException {
    SimpleRecord[] simple =
        Arrays.stream(records)
            .map(record -> new SimpleRecord(1_000L, null, bytes(record)))
            .toArray(SimpleRecord[]::new);
    append(segment, MemoryRecords.withRecords(endOffset, Compression.NONE, EPOCH, simple));
    endOffset += records.length;
  }

  /** A snapshot of what the records say, as of now. */
  Path snapshot(boolean complete, ApiMessage... records) throws IOException {
    Path file = directory.resolve("%020d-%010d.checkpoint".formatted(endOffset, EPOCH));
    append(
        file,
        MemoryRecords.withSnapshotHeaderRecord(
            0, 1_000L, EPOCH, ByteBuffer.allocate(1_000), new SnapshotHeaderRecord()));
    SimpleRecord[] simple =
        Arrays.stream(records)
            .map(record -> new SimpleRecord(1_000L, null, bytes(record)))
            .toArray(SimpleRecord[]::new);
    append(file, MemoryRecords.withRecords(1, Compression.NONE, EPOCH, simple));
    if (complete) {
      append(
          file,
          MemoryRecords.withSnapshotFooterRecord(
              1 + records.length,
              1_000L,
              EPOCH,
              ByteBuffer.allocate(1_000),
              new SnapshotFooterRecord()));
    }
    return file;
  }

  static byte[] bytes(ApiMessage record) {
    ApiMessageAndVersion versioned =
        new ApiMessageAndVersion(record, record.highestSupportedVersion());
    ObjectSerializationCache cache = new ObjectSerializationCache();
    ByteBuffer bytes =
        ByteBuffer.allocate(MetadataRecordSerde.INSTANCE.recordSize(versioned, cache));
    MetadataRecordSerde.INSTANCE.write(versioned, cache, new ByteBufferAccessor(bytes));
    return bytes.array();
  }

  private static void append(Path file, MemoryRecords records) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
      records.writeFullyTo(channel);
    }
  }
}
