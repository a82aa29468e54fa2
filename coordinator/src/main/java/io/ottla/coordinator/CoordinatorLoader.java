package io.ottla.coordinator;

import io.netty.buffer.ByteBuf;
import io.ottla.runtime.Shard;
import io.ottla.wire.TopicPartition;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a coordinator's log and has it replayed: the executor reads and decodes one chunk, the
 * shard's thread replays it in slices, then the executor reads the next. Never more than one chunk
 * is in memory, and the shard is never held up for longer than a slice.
 *
 * <p>One load; its turns are handed over between executor and shard, so no two run at once.
 */
final class CoordinatorLoader {

  private static final Logger LOG = LoggerFactory.getLogger(CoordinatorLoader.class);

  /** Records replayed in one go before the shard may serve its other partitions. */
  private static final int SLICE = 512;

  /** Takes what was read, on the shard's thread. */
  interface Playback {

    /** Whether to go on; false once the coordinator has been closed. */
    boolean isWanted(CoordinatorLoader loader);

    void replay(LogEntry entry);

    /**
     * All has been replayed.
     *
     * @param endOffset the end of the log
     */
    void onLoaded(long endOffset);

    void onLoadFailed(Throwable cause);
  }

  private final TopicPartition topicPartition;
  private final Shard shard;
  private final Executor executor;
  private final CoordinatorLogReader reader;
  private final CoordinatorLogDecoder decoder;
  private final int chunkBytes;
  private final Playback playback;
  private final LoadProgress progress;
  private long nextOffset;

  CoordinatorLoader(
      TopicPartition topicPartition,
      Shard shard,
      Executor executor,
      CoordinatorLogReader reader,
      CoordinatorRecordDecoder recordDecoder,
      int chunkBytes,
      Playback playback) {
    this.topicPartition = topicPartition;
    this.shard = shard;
    this.executor = executor;
    this.reader = reader;
    this.decoder = new CoordinatorLogDecoder(topicPartition, recordDecoder);
    this.chunkBytes = chunkBytes;
    this.playback = playback;
    this.progress = new LoadProgress(topicPartition, shard.clock().nowNs());
  }

  /** Starts; the rest happens by itself. */
  void start() {
    execute(
        () -> {
          nextOffset = reader.startOffset();
          progress.startsAt(nextOffset);
          readChunk();
        });
  }

  private void execute(Turn turn) {
    try {
      executor.execute(
          () -> {
            try {
              turn.run();
            } catch (Throwable t) {
              // Whatever it was: nobody waits for this thread, and requests must not wait for ever.
              fail(t);
            }
          });
    } catch (RuntimeException e) {
      fail(e);
    }
  }

  private void readChunk() throws IOException {
    List<LogEntry> entries;
    int bytes;
    ByteBuf batches = reader.read(nextOffset, chunkBytes);
    try {
      if (!batches.isReadable()) {
        decoder.finish();
        shard.submit(this::finish);
        return;
      }
      bytes = batches.readableBytes();
      entries = decoder.decode(batches, nextOffset);
      nextOffset = decoder.nextOffset();
    } finally {
      batches.release();
    }
    shard.submit(() -> replaySlice(entries, 0, bytes));
  }

  private void finish() {
    if (playback.isWanted(this)) {
      playback.onLoaded(nextOffset);
      long nowNs = shard.clock().nowNs();
      execute(() -> progress.onLoaded(nextOffset, nowNs));
    }
  }

  private void replaySlice(List<LogEntry> entries, int from, int bytes) {
    if (!playback.isWanted(this)) {
      return;
    }
    int to = Math.min(entries.size(), from + SLICE);
    try {
      for (int i = from; i < to; i++) {
        playback.replay(entries.get(i));
      }
    } catch (RuntimeException | AssertionError e) {
      fail(e);
      return;
    }
    if (to < entries.size()) {
      shard.submit(() -> replaySlice(entries, to, bytes));
      return;
    }
    long nowNs = shard.clock().nowNs();
    execute(
        () -> {
          progress.onChunk(entries.size(), bytes, nextOffset, reader.endOffset(), nowNs);
          readChunk();
        });
  }

  private void fail(Throwable cause) {
    LOG.error("Loading {} failed at offset {}", topicPartition, nextOffset, cause);
    shard.submit(
        () -> {
          if (playback.isWanted(this)) {
            playback.onLoadFailed(cause);
          }
        });
  }

  @FunctionalInterface
  private interface Turn {
    void run() throws IOException;
  }
}
