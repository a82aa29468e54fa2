package io.ottla.log.inspect;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Walks over the entries of a file of entries of one size: an index of a segment. */
final class EntryScan implements AutoCloseable {

  static final int OFFSET_ENTRY = 8;
  static final int TIME_ENTRY = 12;
  static final int TRANSACTION_ENTRY = 34;

  private static final int ENTRIES_AT_A_TIME = 1024;

  private final FileChannel channel;
  private final int entrySize;
  private final long entries;
  private final int rest;
  private final ByteBuffer chunk;
  private long read;

  EntryScan(Path path, int entrySize) throws IOException {
    this.channel = FileChannel.open(path, StandardOpenOption.READ);
    this.entrySize = entrySize;
    this.entries = channel.size() / entrySize;
    this.rest = (int) (channel.size() % entrySize);
    this.chunk = ByteBuffer.allocate(entrySize * ENTRIES_AT_A_TIME).limit(0);
  }

  /** Entries in the file, those that are only room for later ones among them. */
  long entries() {
    return entries;
  }

  /** Bytes behind the last entry, too few for one more. */
  int rest() {
    return rest;
  }

  /** The next entry, at its position in a buffer; null at the end. */
  ByteBuffer next() throws IOException {
    if (read == entries) {
      return null;
    }
    if (chunk.remaining() < entrySize) {
      chunk.clear().limit((int) Math.min(chunk.capacity(), (entries - read) * entrySize));
      long from = read * entrySize;
      while (chunk.hasRemaining()) {
        if (channel.read(chunk, from + chunk.position()) < 0) {
          throw new IOException("the file became shorter while it was read");
        }
      }
      chunk.flip();
    }
    ByteBuffer entry = chunk.slice(chunk.position(), entrySize);
    chunk.position(chunk.position() + entrySize);
    read++;
    return entry;
  }

  static boolean isZero(ByteBuffer entry) {
    for (int i = 0; i < entry.limit(); i++) {
      if (entry.get(i) != 0) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
