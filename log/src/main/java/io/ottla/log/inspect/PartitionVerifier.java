package io.ottla.log.inspect;

import io.ottla.wire.record.RecordBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Checks one partition's directory: batches and their checksums, offsets and epochs that rise,
 * indexes, aborted transactions and snapshots that agree with the batches.
 */
final class PartitionVerifier {

  private final Path directory;
  private final boolean mayHaveGaps;
  private final Problems problems;
  private final ProducerTrack producers = new ProducerTrack();
  private final NavigableMap<Long, Path> snapshots = new TreeMap<>();
  private Epochs epochs;
  private long endOffset = -1;
  private int epoch = -1;
  private long batches;
  private long bytes;

  /**
   * @param mayHaveGaps whether compaction may have taken records out
   */
  PartitionVerifier(Path directory, boolean mayHaveGaps, Problems problems) {
    this.directory = directory;
    this.mayHaveGaps = mayHaveGaps;
    this.problems = problems;
  }

  /** Checks all; what cannot be read is a problem too. */
  void run() {
    try {
      NavigableMap<Long, Path> segments = new TreeMap<>();
      List<Path> transactionIndexes = new ArrayList<>();
      try (Stream<Path> children = Files.list(directory)) {
        for (Path file : children.sorted().toList()) {
          sort(file, segments, transactionIndexes);
        }
      }
      epochs = Epochs.read(directory, problems);
      for (long base : segments.keySet()) {
        Long next = segments.higherKey(base);
        segment(segments.get(base), base, next);
      }
      if (!segments.isEmpty()) {
        snapshotsUpTo(Long.MAX_VALUE);
      }
      for (Path file : transactionIndexes) {
        transactions(file);
      }
    } catch (IOException e) {
      problems.add(directory, "cannot be read: " + e);
    }
  }

  private void sort(Path file, NavigableMap<Long, Path> segments, List<Path> transactionIndexes)
      throws IOException {
    String name = file.getFileName().toString();
    if (name.indexOf('.') != name.lastIndexOf('.') && FileKind.offset(file) >= 0) {
      // Waits to be deleted, or to take another's place: no part of the log.
      return;
    }
    switch (FileKind.of(file)) {
      case SEGMENT -> segments.put(FileKind.offset(file), file);
      case PRODUCER_SNAPSHOT -> snapshots.put(FileKind.offset(file), file);
      case TRANSACTION_INDEX -> transactionIndexes.add(file);
      case PARTITION_METADATA -> identity(file);
      default -> {}
    }
  }

  private void identity(Path file) throws IOException {
    byte[] start = new byte[128];
    int read;
    try (var in = Files.newInputStream(file)) {
      read = in.readNBytes(start, 0, start.length);
    }
    String said = new String(start, 0, read, StandardCharsets.ISO_8859_1);
    if (!said.matches("version: 0\\s+topic_id: [A-Za-z0-9_-]{22}\\s*")) {
      problems.add(file, "it does not say which topic this is");
    }
  }

  private void segment(Path file, long base, Long next) throws IOException {
    try (BatchScan scan = new BatchScan(file);
        IndexCheck indexes = new IndexCheck(file, base, problems)) {
      if (endOffset >= 0 && base < endOffset) {
        problems.add(file, "the segment before has records up to offset " + (endOffset - 1));
      } else if (endOffset >= 0 && base > endOffset && !mayHaveGaps) {
        problems.add(file, "the records from offset " + endOffset + " to " + base + " are missing");
      }
      endOffset = Math.max(endOffset, base);
      while (scan.next()) {
        RecordBatch batch = scan.header();
        snapshotsUpTo(batch.baseOffset());
        batch(file, scan, base, next);
        indexes.onBatch(batch, scan.position());
        producers.onBatch(batch);
        endOffset = Math.max(endOffset, batch.nextOffset());
        batches++;
        bytes += scan.sizeInBytes();
      }
      if (scan.flaw() != null) {
        problems.add(file, "position " + scan.nextPosition() + ": " + scan.flaw());
      } else if (scan.endsWithZeros() && next != null) {
        problems.add(file, "position " + scan.nextPosition() + ": zeros up to the end");
      }
      indexes.end();
    }
  }

  private void batch(Path file, BatchScan scan, long base, Long next) throws IOException {
    RecordBatch batch = scan.header();
    String at = "position " + scan.position() + ", offset " + batch.baseOffset() + ": ";
    if (!scan.isCrcValid()) {
      problems.add(file, at + "the batch does not match its checksum");
    }
    if (batch.baseOffset() < base || (next != null && batch.lastOffset() >= next)) {
      problems.add(file, at + "the batch does not belong into this segment");
    } else if (batch.baseOffset() < endOffset) {
      problems.add(file, at + "the offset before was " + (endOffset - 1));
    } else if (batch.baseOffset() > endOffset && !mayHaveGaps) {
      problems.add(file, at + "the records from offset " + endOffset + " on are missing");
    }
    if (batch.partitionLeaderEpoch() < epoch) {
      problems.add(
          file, at + "leader epoch " + batch.partitionLeaderEpoch() + " follows on epoch " + epoch);
    } else {
      int known = epochs.at(batch.baseOffset());
      if (known >= 0 && known != batch.partitionLeaderEpoch()) {
        problems.add(
            file,
            at
                + "leader epoch "
                + batch.partitionLeaderEpoch()
                + ", where the checkpoint says "
                + known);
      }
      epoch = batch.partitionLeaderEpoch();
    }
  }

  /** Snapshots are of what was before their offset. */
  private void snapshotsUpTo(long offset) throws IOException {
    while (!snapshots.isEmpty() && snapshots.firstKey() <= offset) {
      var snapshot = snapshots.pollFirstEntry();
      Path file = snapshot.getValue();
      if (snapshot.getKey() > endOffset) {
        problems.add(file, "it is of an offset behind the log's end, " + endOffset);
      }
      try {
        SnapshotFile.read(
            file,
            entry -> {
              if (entry.lastOffset() >= snapshot.getKey()) {
                problems.add(
                    file,
                    "producer "
                        + entry.producerId()
                        + " has written at offset "
                        + entry.lastOffset());
              } else if (!mayHaveGaps) {
                String contradiction = producers.contradiction(entry);
                if (contradiction != null) {
                  problems.add(file, contradiction);
                }
              }
            });
      } catch (DamagedFileException e) {
        problems.add(file, e.getMessage());
      }
    }
  }

  private void transactions(Path file) throws IOException {
    long base = FileKind.offset(file);
    try (EntryScan scan = new EntryScan(file, EntryScan.TRANSACTION_ENTRY)) {
      if (scan.rest() != 0) {
        problems.add(file, "the last entry is cut off after " + scan.rest() + " bytes");
      }
      long before = -1;
      for (ByteBuffer entry = scan.next(); entry != null; entry = scan.next()) {
        long first = entry.getLong(10);
        long last = entry.getLong(18);
        if (entry.getShort(0) != 0) {
          problems.add(file, "an entry has version " + entry.getShort(0) + ", not 0");
          return;
        }
        if (first > last || last < base || last >= endOffset || last <= before) {
          problems.add(
              file, "the entry for the offsets " + first + " to " + last + " is out of order");
        }
        before = last;
      }
    }
  }

  /** The offset after the last record, -1 without a segment. */
  long endOffset() {
    return endOffset;
  }

  long batches() {
    return batches;
  }

  long bytes() {
    return bytes;
  }
}
