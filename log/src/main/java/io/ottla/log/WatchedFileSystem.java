package io.ottla.log;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file system of one log directory, which tells when the disk cannot give back what it took:
 * whoever reads, for a fetch, a lookup, compaction or recovery, a directory on such a disk has
 * failed.
 *
 * <p>Content that makes no sense is not the disk's failure and not told here: that is found by
 * those who look at it, and is between them and the one partition. Neither is a file that is
 * missing, closed or shorter than thought, nor a process that has too many files open.
 *
 * <p>Any thread.
 */
final class WatchedFileSystem implements LogFileSystem {

  private static final Logger LOG = LoggerFactory.getLogger(WatchedFileSystem.class);

  /** What Linux says of EIO; the reason is all that an error of opening a file gives away. */
  private static final String IO_ERROR = "Input/output error";

  private final LogFileSystem fileSystem;
  private Consumer<LogException> listener;
  private LogException first;

  WatchedFileSystem(LogFileSystem fileSystem) {
    this.fileSystem = fileSystem;
  }

  /**
   * Who is told of failed reads, on the thread that read; must not block. A failure from before is
   * told at once.
   */
  void whenReadFails(Consumer<LogException> told) {
    LogException earlier;
    synchronized (this) {
      listener = told;
      earlier = first;
    }
    if (earlier != null) {
      told.accept(earlier);
    }
  }

  /** A read has failed; returns what is to be thrown on. */
  private <E extends IOException> E noted(Path file, E cause) {
    if (isOfTheDisk(cause)) {
      tell(file, cause);
    }
    return cause;
  }

  private static boolean isOfTheDisk(IOException cause) {
    return switch (cause) {
      case EOFException _, ClosedChannelException _ -> false;
      case FileSystemException named -> IO_ERROR.equals(named.getReason());
      default -> true;
    };
  }

  private void tell(Path file, Throwable cause) {
    LogException failure = LogException.storage("reading " + file, cause);
    Consumer<LogException> told;
    synchronized (this) {
      told = listener;
      if (first == null) {
        first = failure;
        LOG.error("{} cannot be read: {}", file, cause.toString());
      }
    }
    if (told != null) {
      told.accept(failure);
    }
  }

  @Override
  public IOException unreadable(Path file, Throwable cause) {
    tell(file, cause);
    return new IOException("cannot read " + file, cause);
  }

  @Override
  public LogFile open(Path file) throws IOException {
    try {
      return new WatchedFile(file, fileSystem.open(file));
    } catch (FileSystemException e) {
      throw noted(file, e);
    }
  }

  @Override
  public LogFile openExisting(Path file) throws IOException {
    try {
      return new WatchedFile(file, fileSystem.openExisting(file));
    } catch (FileSystemException e) {
      throw noted(file, e);
    }
  }

  @Override
  public OpenFiles openFiles() {
    return fileSystem.openFiles();
  }

  @Override
  public boolean exists(Path path) throws IOException {
    return fileSystem.exists(path);
  }

  @Override
  public long sizeInBytes(Path file) throws IOException {
    return fileSystem.sizeInBytes(file);
  }

  @Override
  public long lastModifiedMs(Path file) throws IOException {
    return fileSystem.lastModifiedMs(file);
  }

  @Override
  public void lastModified(Path file, long timestampMs) throws IOException {
    fileSystem.lastModified(file, timestampMs);
  }

  @Override
  public byte[] readAll(Path file) throws IOException {
    try {
      return fileSystem.readAll(file);
    } catch (IOException e) {
      if (fileSystem.isDirectory(file)) {
        throw e; // Somebody's joke, not the disk's.
      }
      throw noted(file, e);
    }
  }

  @Override
  public void writeAll(Path file, byte[] bytes, boolean force) throws IOException {
    fileSystem.writeAll(file, bytes, force);
  }

  @Override
  public List<String> list(Path directory) throws IOException {
    return fileSystem.list(directory);
  }

  @Override
  public boolean isDirectory(Path path) throws IOException {
    return fileSystem.isDirectory(path);
  }

  @Override
  public void createDirectory(Path directory) throws IOException {
    fileSystem.createDirectory(directory);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    fileSystem.rename(from, to);
  }

  @Override
  public boolean deleteIfExists(Path path) throws IOException {
    return fileSystem.deleteIfExists(path);
  }

  @Override
  public void forceDirectory(Path directory) throws IOException {
    fileSystem.forceDirectory(directory);
  }

  @Override
  public long usableBytes(Path path) throws IOException {
    return fileSystem.usableBytes(path);
  }

  @Override
  public UUID newId() {
    return fileSystem.newId();
  }

  @Override
  public AutoCloseable tryLock(Path file) throws IOException {
    return fileSystem.tryLock(file);
  }

  private final class WatchedFile implements LogFile {

    private final Path path;
    private final LogFile file;

    WatchedFile(Path path, LogFile file) {
      this.path = path;
      this.file = file;
    }

    @Override
    public int read(ByteBuffer into, long position) throws IOException {
      try {
        return file.read(into, position);
      } catch (IOException e) {
        throw noted(path, e);
      }
    }

    @Override
    public boolean isResident(long position, int count) throws IOException {
      return file.isResident(position, count);
    }

    @Override
    public long sizeInBytes() throws IOException {
      return file.sizeInBytes();
    }

    @Override
    public int write(ByteBuffer bytes) throws IOException {
      return file.write(bytes);
    }

    @Override
    public long write(ByteBuffer[] bytes) throws IOException {
      return file.write(bytes);
    }

    @Override
    public void appendAt(long position) throws IOException {
      file.appendAt(position);
    }

    @Override
    public void truncate(long sizeInBytes) throws IOException {
      file.truncate(sizeInBytes);
    }

    @Override
    public void extend(long sizeInBytes) throws IOException {
      file.extend(sizeInBytes);
    }

    @Override
    public void force() throws IOException {
      file.force();
    }

    @Override
    public MemorySegment map(long sizeInBytes, Arena arena) throws IOException {
      return file.map(sizeInBytes, arena);
    }

    @Override
    public void hold() throws IOException {
      file.hold();
    }

    @Override
    public void letGo() {
      file.letGo();
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
}
