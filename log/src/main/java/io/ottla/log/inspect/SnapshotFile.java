package io.ottla.log.inspect;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

/** Reads a .snapshot file, entry by entry. */
final class SnapshotFile {

  private static final int CRC = 2;
  private static final int COUNT = 6;
  private static final int HEADER = 10;
  private static final short VERSION = 1;
  private static final int ENTRIES_AT_A_TIME = 1024;

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
      if (count < 0 || size != HEADER + (long) count * ProducerEntry.BYTES) {
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
      if ((int) crc.getValue() != header.getInt(CRC)) {
        throw new DamagedFileException("it does not match its checksum");
      }
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
