package io.ottla.log;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;

/** The real file system, which fails when told to. */
final class FaultyFileSystem implements LogFileSystem {

  private final LogFileSystem real = DiskFileSystem.INSTANCE;

  /** Bytes that can still be written to .log files. */
  long bytesLeft = Long.MAX_VALUE;

  boolean truncateFails;
  boolean forceFails;
  boolean createFails;
  boolean writeAllFails;
  boolean transactionIndexFails;
  long usableBytes = Long.MAX_VALUE;
  int renamesLeft = Integer.MAX_VALUE;

  /** Suffix of the files the disk does not give back any more; null if it gives all. */
  String unreadable;

  /** What is said of whether bytes are in memory. */
  boolean resident;

  int bytesRead;
  int forces;
  int writes;

  private final class FaultyFile implements LogFile {
    private final LogFile file;
    private final String name;

    FaultyFile(LogFile file, Path path) {
      this.file = file;
      this.name = path.getFileName().toString();
    }

    @Override
    public long sizeInBytes() throws IOException {
      return file.sizeInBytes();
    }

    @Override
    public int write(ByteBuffer bytes) throws IOException {
      writes++;
      if (transactionIndexFails && name.endsWith(".txnindex")) {
        throw new IOException("No space left on device");
      }
      if (!name.endsWith(".log") || bytes.remaining() <= bytesLeft) {
        bytesLeft -= name.endsWith(".log") ? bytes.remaining() : 0;
        return file.write(bytes);
      }
      if (bytesLeft == 0) {
        throw new IOException("No space left on device");
      }
      int limit = bytes.limit();
      bytes.limit(bytes.position() + (int) bytesLeft);
      int written = file.write(bytes);
      bytes.limit(limit);
      bytesLeft = 0;
      return written;
    }

    @Override
    public long write(ByteBuffer[] bytes) throws IOException {
      writes++;
      return file.write(bytes);
    }

    @Override
    public void appendAt(long position) throws IOException {
      file.appendAt(position);
    }

    @Override
    public int read(ByteBuffer into, long position) throws IOException {
      checkReadable(name);
      int read = file.read(into, position);
      bytesRead += Math.max(read, 0);
      return read;
    }

    @Override
    public boolean isResident(long position, int count) {
      return resident;
    }

    @Override
    public void truncate(long sizeInBytes) throws IOException {
      if (truncateFails) {
        throw new IOException("Input/output error");
      }
      file.truncate(sizeInBytes);
    }

    @Override
    public void extend(long sizeInBytes) throws IOException {
      file.extend(sizeInBytes);
    }

    @Override
    public void force() throws IOException {
      if (forceFails) {
        throw new IOException("Input/output error");
      }
      forces++;
      file.force();
    }

    @Override
    public MemorySegment map(long sizeInBytes, Arena arena) throws IOException {
      return file.map(sizeInBytes, arena);
    }

    @Override
    public FileChannel fileChannel() {
      return file.fileChannel();
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }

  private void checkReadable(String name) throws IOException {
    if (unreadable != null && name.endsWith(unreadable)) {
      throw new IOException("Input/output error");
    }
  }

  @Override
  public LogFile open(Path file) throws IOException {
    if (createFails && !real.exists(file)) {
      throw new IOException("No space left on device");
    }
    return new FaultyFile(real.open(file), file);
  }

  @Override
  public LogFile openExisting(Path file) throws IOException {
    return new FaultyFile(real.openExisting(file), file);
  }

  @Override
  public boolean exists(Path path) throws IOException {
    return real.exists(path);
  }

  @Override
  public long sizeInBytes(Path file) throws IOException {
    return real.sizeInBytes(file);
  }

  @Override
  public long lastModifiedMs(Path file) throws IOException {
    return real.lastModifiedMs(file);
  }

  @Override
  public void lastModified(Path file, long timestampMs) throws IOException {
    real.lastModified(file, timestampMs);
  }

  @Override
  public byte[] readAll(Path file) throws IOException {
    checkReadable(file.getFileName().toString());
    return real.readAll(file);
  }

  @Override
  public void writeAll(Path file, byte[] bytes, boolean force) throws IOException {
    if (writeAllFails) {
      throw new IOException("No space left on device");
    }
    real.writeAll(file, bytes, force);
  }

  @Override
  public List<String> list(Path directory) throws IOException {
    return real.list(directory);
  }

  @Override
  public boolean isDirectory(Path path) throws IOException {
    return real.isDirectory(path);
  }

  @Override
  public void createDirectory(Path directory) throws IOException {
    real.createDirectory(directory);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    if (renamesLeft-- <= 0) {
      throw new IOException("killed");
    }
    real.rename(from, to);
  }

  @Override
  public boolean deleteIfExists(Path path) throws IOException {
    return real.deleteIfExists(path);
  }

  @Override
  public void forceDirectory(Path directory) throws IOException {
    real.forceDirectory(directory);
  }

  @Override
  public long usableBytes(Path path) throws IOException {
    return usableBytes;
  }

  @Override
  public AutoCloseable tryLock(Path file) throws IOException {
    return real.tryLock(file);
  }
}
