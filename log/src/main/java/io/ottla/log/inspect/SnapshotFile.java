package io.ottla.log.inspect;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

/**
 * Reads a .snapshot file, entry by entry, and whether it is whole (io.ottla.log.ProducerSnapshot).
 */
final class SnapshotFile {

  private static final int CRC = 2;
  private static final int COUNT = 6;
  private static final int HEADER = 10;
  private static final short VERSION = 1;
  private static final int ENTRIES_AT_A_TIME = 1024;

  // Behind the entries, of Ottla's: eight letters, a byte, and four bytes for each entry.
  private static final byte[] RUNS = "OttlaSeq".getBytes(StandardCharsets.US_ASCII);
  private static final int RUNS_HEAD = RUNS.length + Byte.BYTES;
  private static final int RUN = Integer.BYTES;

  private SnapshotFile() {}

  /**
   * Reads all entries.
   *
   * @throws DamagedFileException if the file is not whole; entries may have been told before
   */
  static void read(Path path, Consumer<ProducerEntry> to) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      long size = channel.size();
      if (size < HEADER) {
        throw new DamagedFileException("a snapshot has at least 10 bytes, this one " + size);
      }
      ByteBuffer header = read(channel, 0, HEADER);
      int count = header.getInt(COUNT);
      if (header.getShort(0) != VERSION) {
        throw new DamagedFileException("its version is " + header.getShort(0) + ", not 1");
      }
      long end = HEADER + (long) count * ProducerEntry.BYTES;
      boolean hasRuns = size == end + RUNS_HEAD + (long) count * RUN;
      if (count < 0 || (size != end && !hasRuns)) {
        throw new DamagedFileException(
            "it says " + count + " producers and has " + size + " bytes");
      }
      CRC32C crc = new CRC32C();
      crc.update(header.slice(COUNT, HEADER - COUNT));
      for (long done = 0; done < count; ) {
        int some = (int) Math.min(ENTRIES_AT_A_TIME, count - done);
        ByteBuffer entries =
            read(channel, HEADER + done * ProducerEntry.BYTES, some * ProducerEntry.BYTES);
        crc.update(entries.duplicate());
        while (entries.hasRemaining()) {
          to.accept(ProducerEntry.read(entries));
        }
        done += some;
      }
      if (hasRuns) {
        readRuns(channel, end, size, crc);
      }
      if ((int) crc.getValue() != header.getInt(CRC)) {
        throw new DamagedFileException("it does not match its checksum");
      }
    }
  }

  private static void readRuns(FileChannel channel, long from, long size, CRC32C crc)
      throws IOException {
    ByteBuffer head = read(channel, from, RUNS_HEAD);
    crc.update(head.duplicate());
    if (!head.slice(0, RUNS.length).equals(ByteBuffer.wrap(RUNS))) {
      throw new DamagedFileException("what stands behind its producers is not known");
    }
    for (long at = from + RUNS_HEAD; at < size; ) {
      ByteBuffer runs = read(channel, at, (int) Math.min(ENTRIES_AT_A_TIME * RUN, size - at));
      at += runs.remaining();
      crc.update(runs);
    }
  }

  private static ByteBuffer read(FileChannel channel, long from, int count) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(count);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, from + bytes.position()) < 0) {
        throw new IOException("the file became shorter while it was read");
      }
    }
    return bytes.flip();
  }
}
