package io.ottla.log;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;

/**
 * The machine's file system. When the process has as many files open as it may, those that nobody
 * uses are closed for one that is needed.
 */
public final class DiskFileSystem implements LogFileSystem {

  public static final DiskFileSystem INSTANCE = new DiskFileSystem();

  private static final int MAX_IDLE_FILES = Math.min(1_000, FileHandles.limit() / 8);
  private static final long MAX_INDEX_BYTES = 32L << 20;

  private final OpenFiles openFiles;

  private DiskFileSystem() {
    this(new OpenFiles(MAX_IDLE_FILES, MAX_INDEX_BYTES));
  }

  DiskFileSystem(OpenFiles openFiles) {
    this.openFiles = openFiles;
  }

  @Override
  public OpenFiles openFiles() {
    return openFiles;
  }

  @Override
  public LogFile open(Path file) throws IOException {
    return atEnd(
        channel(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE));
  }

  @Override
  public LogFile openExisting(Path file) throws IOException {
    return atEnd(channel(file, StandardOpenOption.READ, StandardOpenOption.WRITE));
  }

  private FileChannel channel(Path file, OpenOption... options) throws IOException {
    return withHandle(() -> FileChannel.open(file, options));
  }

  /** What needs a file handle. */
  private interface Opening<T> {
    T open() throws IOException;
  }

  private <T> T withHandle(Opening<T> opening) throws IOException {
    try {
      return opening.open();
    } catch (IOException e) {
      if (!FileHandles.wereUsedUp(e) || openFiles.parkFiles() == 0) {
        throw e;
      }
      return opening.open();
    }
  }

  private static LogFile atEnd(FileChannel channel) throws IOException {
    try {
      channel.position(channel.size());
      return new DiskFile(channel);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  @Override
  public boolean exists(Path path) {
    return Files.exists(path);
  }

  @Override
  public long sizeInBytes(Path file) throws IOException {
    return Files.size(file);
  }

  @Override
  public long lastModifiedMs(Path file) throws IOException {
    return Files.getLastModifiedTime(file).toMillis();
  }

  @Override
  public void lastModified(Path file, long timestampMs) throws IOException {
    Files.setLastModifiedTime(file, FileTime.fromMillis(timestampMs));
  }

  @Override
  public byte[] readAll(Path file) throws IOException {
    return withHandle(() -> Files.readAllBytes(file));
  }

  @Override
  public void writeAll(Path file, byte[] bytes, boolean force) throws IOException {
    // Written aside and renamed: a reader, or a crash, sees the old content or the new one whole.
    Path aside = file.resolveSibling(file.getFileName() + ".tmp");
    try (FileChannel channel =
        channel(
            aside,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      if (force) {
        channel.force(true);
      }
    }
    rename(aside, file);
    if (force) {
      forceDirectory(file.toAbsolutePath().getParent());
    }
  }

  @Override
  public List<String> list(Path directory) throws IOException {
    try (Stream<Path> paths = withHandle(() -> Files.list(directory))) {
      return paths.map(path -> path.getFileName().toString()).toList();
    }
  }

  @Override
  public boolean isDirectory(Path path) {
    return Files.isDirectory(path);
  }

  @Override
  public void createDirectory(Path directory) throws IOException {
    Files.createDirectories(directory);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  @Override
  public boolean deleteIfExists(Path path) throws IOException {
    return Files.deleteIfExists(path);
  }

  @Override
  public void forceDirectory(Path directory) throws IOException {
    try (FileChannel channel = channel(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  @Override
  public long usableBytes(Path path) throws IOException {
    return Files.getFileStore(path).getUsableSpace();
  }

  @Override
  public AutoCloseable tryLock(Path file) throws IOException {
    FileChannel channel = channel(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock lock = null;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      // Held by this very process: as taken as if held by another one.
    } finally {
      if (lock == null) {
        channel.close();
      }
    }
    return lock == null ? null : channel;
  }

  private record DiskFile(FileChannel channel) implements LogFile {

    @Override
    public long sizeInBytes() throws IOException {
      return channel.size();
    }

    @Override
    public int write(ByteBuffer bytes) throws IOException {
      return channel.write(bytes);
    }

    @Override
    public long write(ByteBuffer[] bytes) throws IOException {
      return channel.write(bytes);
    }

    @Override
    public void appendAt(long position) throws IOException {
      channel.position(position);
    }

    @Override
    public int read(ByteBuffer into, long position) throws IOException {
      return channel.read(into, position);
    }

    @Override
    public boolean isResident(long position, int count) throws IOException {
      if (position + count > channel.size()) {
        return false; // And mapping it would make the file longer.
      }
      try (Arena arena = Arena.ofConfined()) {
        return channel.map(FileChannel.MapMode.READ_ONLY, position, count, arena).isLoaded();
      } catch (IOException e) {
        return false; // A process may not have as many mappings as it likes.
      }
    }

    @Override
    public void truncate(long sizeInBytes) throws IOException {
      channel.truncate(sizeInBytes);
    }

    @Override
    public void extend(long sizeInBytes) throws IOException {
      if (channel.size() < sizeInBytes) {
        channel.write(ByteBuffer.allocate(1), sizeInBytes - 1);
      }
    }

    @Override
    public void force() throws IOException {
      // Metadata other than the size is not needed to read the bytes back.
      channel.force(false);
    }

    @Override
    public MemorySegment map(long sizeInBytes, Arena arena) throws IOException {
      return channel.map(FileChannel.MapMode.READ_WRITE, 0, sizeInBytes, arena);
    }

    @Override
    public FileChannel fileChannel() {
      return channel;
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
