package io.ottla.log;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.wire.record.DecompressionLimits;
import io.ottla.wire.record.RecordBatch;
import io.ottla.wire.record.RecordReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * All batches a log was given and should still know of, and what follows from them: worked out
 * batch by batch each time it is asked for, to be plainly right rather than fast. Neither
 * compaction nor retention takes anything out.
 */
final class BatchHistory {

  private static final DecompressionLimits LIMITS = DecompressionLimits.ofBatch(4 << 20);

  /** One record of data. */
  record Item(long offset, long timestamp, String key, String value) {}

  /** One batch, and the data in it. */
  record Batch(
      byte[] bytes,
      long baseOffset,
      long nextOffset,
      int leaderEpoch,
      long maxTimestamp,
      long producerId,
      boolean transactional,
      TransactionMarker marker,
      List<Item> items) {

    static Batch of(byte[] bytes) {
      RecordBatch batch = new RecordBatch().wrap(Unpooled.wrappedBuffer(bytes), 0);
      List<Item> items = new ArrayList<>();
      TransactionMarker marker = batch.isControl() ? TransactionMarker.read(batch) : null;
      try (RecordReader reader = new RecordReader()) {
        reader.open(batch, LIMITS);
        while (!batch.isControl() && reader.next()) {
          items.add(
              new Item(
                  reader.offset(), reader.timestamp(), text(reader.key()), text(reader.value())));
        }
      }
      return new Batch(
          bytes,
          batch.baseOffset(),
          batch.nextOffset(),
          batch.partitionLeaderEpoch(),
          batch.maxTimestamp(),
          batch.hasProducerId() ? batch.producerId() : -1L,
          batch.isTransactional(),
          marker,
          items);
    }

    private static String text(ByteBuf bytes) {
      return bytes == null ? null : bytes.toString(StandardCharsets.UTF_8);
    }

    boolean isSame(byte[] other) {
      return Arrays.equals(bytes, other);
    }
  }

  /**
   * A transaction.
   *
   * @param marker where it ended, -1 if it is open
   */
  record Transaction(long producerId, long first, long marker, boolean aborted) {}

  private final List<Batch> batches = new ArrayList<>();

  void add(Batch batch) {
    batches.add(batch);
  }

  void clear() {
    batches.clear();
  }

  /** Drops batches that end behind an offset. */
  void cut(long endOffset) {
    while (!batches.isEmpty() && batches.getLast().nextOffset() > endOffset) {
      batches.removeLast();
    }
  }

  /** Where the first batch begins, the largest long if there is none. */
  long startOffset() {
    return batches.isEmpty() ? Long.MAX_VALUE : batches.getFirst().baseOffset();
  }

  /** Where the last batch ends, or what is said if there is none. */
  long endOffset(long otherwise) {
    return batches.isEmpty() ? otherwise : batches.getLast().nextOffset();
  }

  List<Batch> all() {
    return batches;
  }

  /** Those that hold an offset or come behind it. */
  List<Batch> from(long offset) {
    return batches.stream().filter(it -> it.nextOffset() > offset).toList();
  }

  List<Transaction> transactions() {
    Map<Long, Long> open = new HashMap<>();
    List<Transaction> ended = new ArrayList<>();
    for (Batch batch : batches) {
      if (batch.marker() != null) {
        Long first = open.remove(batch.producerId());
        if (first != null) {
          ended.add(
              new Transaction(
                  batch.producerId(), first, batch.baseOffset(), batch.marker().aborts()));
        }
      } else if (batch.transactional()) {
        open.putIfAbsent(batch.producerId(), batch.baseOffset());
      }
    }
    open.forEach((producer, first) -> ended.add(new Transaction(producer, first, -1, false)));
    return ended;
  }

  /** The first offset of a transaction that is open, or whose marker is not below an offset. */
  long firstUnstable(long highWatermark) {
    return transactions().stream()
        .filter(it -> it.marker() < 0 || it.marker() >= highWatermark)
        .mapToLong(Transaction::first)
        .min()
        .orElse(Long.MAX_VALUE);
  }

  /** Where each leader epoch starts that has a batch at or behind an offset. */
  LeaderEpochs leaderEpochs(long fromOffset) {
    LeaderEpochs epochs = LeaderEpochs.EMPTY;
    for (Batch batch : batches) {
      if (batch.leaderEpoch() > epochs.latest()) {
        epochs = epochs.assign(batch.leaderEpoch(), batch.baseOffset());
      }
    }
    return epochs.truncateFromStart(fromOffset);
  }

  /**
   * The latest value of each key between two offsets, as a reader sees it.
   *
   * @param open whether transactions that have not ended count
   */
  Map<String, String> latest(long fromOffset, long upToOffset, boolean open) {
    List<Transaction> transactions = transactions();
    Map<String, String> latest = new TreeMap<>();
    for (Batch batch : batches) {
      for (Item item : batch.items()) {
        if (item.offset() >= fromOffset
            && item.offset() < upToOffset
            && (!batch.transactional() || counts(batch, transactions, open))) {
          put(latest, item.key(), item.value());
        }
      }
    }
    return latest;
  }

  static void put(Map<String, String> latest, String key, String value) {
    if (value == null) {
      latest.remove(key);
    } else {
      latest.put(key, value);
    }
  }

  private static boolean counts(Batch batch, List<Transaction> transactions, boolean open) {
    for (Transaction it : transactions) {
      if (it.producerId() == batch.producerId()
          && it.first() <= batch.baseOffset()
          && (it.marker() < 0 || it.marker() > batch.baseOffset())) {
        return it.marker() < 0 ? open : !it.aborted();
      }
    }
    throw new AssertionError("in no transaction: " + batch);
  }
}
