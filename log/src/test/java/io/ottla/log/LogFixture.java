package io.ottla.log;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import io.ottla.wire.record.RecordBatch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A log directory with one log in it, and ways to look at it. */
final class LogFixture implements AutoCloseable {

  static final TopicPartition PARTITION = new TopicPartition("orders", 0);
  static final Uuid TOPIC_ID = new Uuid(0x8f1c2b7d5a3e49c6L, 0xb2d4f6a81c3e5079L);
  static final LogConfig SMALL =
      LogConfig.defaults().withSegmentBytes(1024).withIndex(100, 240).withFileDeleteDelayMs(0);

  final Path root;
  final LogFileSystem fileSystem;
  LogConfig config;
  long nowMs = 1_000_000;
  int leaderEpoch = 0;
  LogDirectory directory;
  PartitionLog log;

  LogFixture(Path root, LogConfig config) {
    this(root, config, DiskFileSystem.INSTANCE);
  }

  LogFixture(Path root, LogConfig config, LogFileSystem fileSystem) {
    this.root = root;
    this.config = config;
    this.fileSystem = fileSystem;
    open();
  }

  void open() {
    directory = LogDirectory.open(fileSystem, root);
    try {
      log = PartitionLog.open(directory, PARTITION, TOPIC_ID, config, nowMs);
    } finally {
      if (log == null) {
        directory.close();
      }
    }
  }

  /** Leaves everything as a killed process does. */
  void crash() {
    log.abandon();
    directory.close();
    log = null;
  }

  void closeCleanly() {
    log.close();
    directory.closeCleanly(3L);
    log = null;
  }

  void reopenCleanly() {
    closeCleanly();
    open();
  }

  void reopenAfterCrash() {
    crash();
    open();
  }

  Path partitionPath() {
    return root.resolve(PARTITION.toString());
  }

  AppendResult append(ByteBuf batches) {
    return log.append(batches, AppendContext.client(leaderEpoch, nowMs));
  }

  AppendResult append(int records) {
    return append(TestBatches.records(nowMs, records));
  }

  AppendResult appendMarker(ByteBuf marker) {
    return log.append(marker, AppendContext.coordinator(leaderEpoch, nowMs));
  }

  AppendResult replicate(ByteBuf batches) {
    return log.append(batches, AppendContext.replication(leaderEpoch, nowMs));
  }

  /** Appends batches of one record until there are so many segments. */
  void fillSegments(int count) {
    while (log.view().segmentCount() < count) {
      append(1);
    }
  }

  static ByteBuf read(LogView view, long from, int maxBytes, long upTo) throws IOException {
    LogSlice slice = view.read(from, maxBytes, true, upTo);
    try {
      ByteBuf bytes = Unpooled.buffer(Math.max(1, slice.sizeInBytes()));
      slice.copyTo(bytes);
      return bytes;
    } finally {
      slice.release();
    }
  }

  /** All batches between the log's start and its end, as their bytes. */
  static List<byte[]> batches(LogView view) throws IOException {
    List<byte[]> found = new ArrayList<>();
    RecordBatch batch = new RecordBatch();
    long offset = view.logStartOffset();
    while (offset < view.logEndOffset()) {
      ByteBuf bytes = read(view, offset, 1 << 20, view.logEndOffset());
      if (!bytes.isReadable()) {
        break;
      }
      while (bytes.isReadable()) {
        batch.wrap(bytes, bytes.readerIndex());
        offset = batch.nextOffset();
        byte[] one = new byte[batch.sizeInBytes()];
        bytes.readBytes(one);
        found.add(one);
      }
    }
    return found;
  }

  /** The batch that is served first to somebody who asks for an offset. */
  static byte[] firstBatch(LogView view, long offset) throws IOException {
    ByteBuf bytes = read(view, offset, 1, view.logEndOffset());
    byte[] batch = new byte[bytes.readableBytes()];
    bytes.readBytes(batch);
    return batch;
  }

  /** First and last offset of each batch. */
  static List<String> ranges(LogView view) throws IOException {
    RecordBatch batch = new RecordBatch();
    return batches(view).stream()
        .map(bytes -> batch.wrap(Unpooled.wrappedBuffer(bytes), 0))
        .map(it -> it.baseOffset() + "-" + it.lastOffset())
        .toList();
  }

  @Override
  public void close() {
    if (log != null) {
      crash();
    }
  }
}
