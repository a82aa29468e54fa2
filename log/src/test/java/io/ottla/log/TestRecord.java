package io.ottla.log;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.wire.record.DecompressionLimits;
import io.ottla.wire.record.RecordBatch;
import io.ottla.wire.record.RecordReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A record of data as a consumer sees it. */
record TestRecord(long offset, String key, String value) {

  /** All records there are, of aborted transactions too. */
  static List<TestRecord> all(LogView view) throws IOException {
    return read(view, view.logEndOffset(), List.of());
  }

  /** What read_committed shows. */
  static List<TestRecord> committed(LogView view) throws IOException {
    long end = view.lastStableOffset();
    return read(view, end, view.abortedTransactions(view.logStartOffset(), end));
  }

  /** What is committed or open. */
  static List<TestRecord> withoutAborted(LogView view) throws IOException {
    long end = view.logEndOffset();
    return read(view, end, view.abortedTransactions(view.logStartOffset(), end));
  }

  /** Does with aborted transactions and their markers what consumers do. */
  private static List<TestRecord> read(LogView view, long end, List<AbortedTransaction> aborted)
      throws IOException {
    List<AbortedTransaction> ahead = new ArrayList<>(aborted);
    ahead.sort((a, b) -> Long.compare(a.firstOffset(), b.firstOffset()));
    Set<Long> open = new HashSet<>();
    List<TestRecord> records = new ArrayList<>();
    RecordBatch batch = new RecordBatch();
    try (RecordReader reader = new RecordReader()) {
      for (byte[] bytes : LogFixture.batches(view)) {
        batch.wrap(Unpooled.wrappedBuffer(bytes), 0);
        if (batch.baseOffset() >= end) {
          break;
        }
        while (!ahead.isEmpty() && ahead.getFirst().firstOffset() <= batch.lastOffset()) {
          open.add(ahead.removeFirst().producerId());
        }
        if (batch.isControl()) {
          TransactionMarker marker = TransactionMarker.read(batch);
          if (marker != null && marker.aborts()) {
            open.remove(batch.producerId());
          }
          continue;
        }
        if (batch.isTransactional() && open.contains(batch.producerId())) {
          continue;
        }
        reader.open(batch, DecompressionLimits.ofBatch(1 << 20));
        while (reader.next()) {
          records.add(new TestRecord(reader.offset(), text(reader.key()), text(reader.value())));
        }
      }
    }
    return records;
  }

  private static String text(ByteBuf bytes) {
    return bytes == null ? null : bytes.toString(StandardCharsets.UTF_8);
  }
}
