package io.ottla.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The aborted transactions whose markers lie in a segment, in the order of the markers (KIP-98).
 * The file exists only if there is one.
 *
 * <pre>
 *  0         2             10             18            26                  34
 *  +---------+-------------+--------------+-------------+-------------------+
 *  | version | producer id | first offset | last offset | last stable offset|  big-endian
 *  | (0)     |             |              |             |                   |
 *  +---------+-------------+--------------+-------------+-------------------+
 * </pre>
 *
 * <p>Appended to by the log's owner; read from any thread that holds the segment.
 */
final class TransactionIndex {

  static final int ENTRY_SIZE = 34;

  private static final short VERSION = 0;
  private static final int PRODUCER_ID = 2;
  private static final int FIRST_OFFSET = 10;
  private static final int LAST_OFFSET = 18;
  private static final int LAST_STABLE_OFFSET = 26;

  private final LogFileSystem fileSystem;
  private final Path path;

  // Null until there is a file. Written by the owner before the entries it gives are published.
  private volatile LazyFile file;
  private volatile int entries;
  private volatile long minFirstOffset = Long.MAX_VALUE;
  private boolean readable = true;

  private static final class UnknownVersionException extends IOException {
    private static final long serialVersionUID = 1L;

    UnknownVersionException(String message) {
      super(message);
    }
  }

  private TransactionIndex(LogFileSystem fileSystem, Path path) {
    this.fileSystem = fileSystem;
    this.path = path;
  }

  static TransactionIndex open(LogFileSystem fileSystem, Path path) throws IOException {
    TransactionIndex index = new TransactionIndex(fileSystem, path);
    if (fileSystem.exists(path)) {
      index.file = new LazyFile(fileSystem, path, false);
      index.entries = (int) (index.file.sizeInBytes() / ENTRY_SIZE);
      // What a crash left of a last entry must not end up in the middle.
      index.file.truncate((long) index.entries * ENTRY_SIZE);
      index.readFirstOffsets();
    }
    return index;
  }

  private void readFirstOffsets() throws IOException {
    try {
      for (AbortedTransaction transaction : all()) {
        minFirstOffset = Math.min(minFirstOffset, transaction.firstOffset());
      }
    } catch (UnknownVersionException e) {
      readable = false;
    }
  }

  /** Whether the file could be understood when it was opened. Owner only. */
  boolean isReadable() {
    return readable;
  }

  /** First offset of the transaction that began first; the largest long if there is none. */
  long minFirstOffset() {
    return minFirstOffset;
  }

  /** Adds a transaction; its marker comes after those entered before. Owner only. */
  void append(AbortedTransaction transaction) throws IOException {
    LazyFile to = file;
    if (to == null) {
      to = new LazyFile(fileSystem, path, true);
      file = to;
    }
    to.hold();
    try {
      append(to, transaction);
    } finally {
      to.letGo();
    }
    minFirstOffset = Math.min(minFirstOffset, transaction.firstOffset());
    int count = entries + 1;
    entries = count;
  }

  private void append(LogFile to, AbortedTransaction transaction) throws IOException {
    ByteBuffer entry = ByteBuffer.allocate(ENTRY_SIZE);
    entry
        .putShort(VERSION)
        .putLong(transaction.producerId())
        .putLong(transaction.firstOffset())
        .putLong(transaction.lastOffset())
        .putLong(transaction.lastStableOffset())
        .flip();
    to.appendAt((long) entries * ENTRY_SIZE);
    while (entry.hasRemaining()) {
      to.write(entry);
    }
  }

  /** Its name is about to be another's. */
  void keepOpen() throws IOException {
    LogFile opened = file;
    if (opened != null) {
      opened.hold();
    }
  }

  /** All entries. */
  List<AbortedTransaction> all() throws IOException {
    int count = entries;
    if (count == 0) {
      return List.of();
    }
    ByteBuffer bytes = ByteBuffer.allocate(count * ENTRY_SIZE);
    LogFile from = file;
    while (bytes.hasRemaining() && from.read(bytes, bytes.position()) > 0) {
      // Until all is read.
    }
    int read = bytes.position() / ENTRY_SIZE;
    List<AbortedTransaction> transactions = new ArrayList<>(read);
    for (int i = 0; i < read; i++) {
      int at = i * ENTRY_SIZE;
      if (bytes.getShort(at) != VERSION) {
        throw new UnknownVersionException(
            path + " has an entry of unknown version " + bytes.getShort(at));
      }
      transactions.add(
          new AbortedTransaction(
              bytes.getLong(at + PRODUCER_ID),
              bytes.getLong(at + FIRST_OFFSET),
              bytes.getLong(at + LAST_OFFSET),
              bytes.getLong(at + LAST_STABLE_OFFSET)));
    }
    return transactions;
  }

  boolean isEmpty() {
    return entries == 0;
  }

  /** Drops transactions whose marker lies at or behind an offset. Owner only, nobody reads. */
  void truncateTo(long offset) throws IOException {
    if (file == null) {
      return;
    }
    int keep = 0;
    if (offset > 0) {
      keep = countBefore(offset);
    }
    entries = keep;
    file.truncate((long) keep * ENTRY_SIZE);
  }

  private int countBefore(long offset) throws IOException {
    int keep = 0;
    for (AbortedTransaction transaction : all()) {
      if (transaction.lastOffset() >= offset) {
        break;
      }
      keep++;
    }
    return keep;
  }

  void force() throws IOException {
    LogFile opened = file;
    if (opened != null) {
      opened.force();
    }
  }

  /** Drops all entries. Owner only, nobody reads. */
  void clear() throws IOException {
    truncateTo(0);
    minFirstOffset = Long.MAX_VALUE;
    readable = true;
  }

  void close() {
    if (file != null) {
      file.close();
    }
  }
}
