package io.ottla.log;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * Files in memory for any number of threads. A handle that is used after it was closed says so, and
 * the handles that are open are counted. Bytes once written may be read while others are added, as
 * in a real file.
 */
final class RaceFiles implements LogFileSystem {

  /** A handle was used after its close, or closed twice. */
  static final class UsedAfterCloseException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    UsedAfterCloseException(Path path) {
      super(path + " is closed");
    }
  }

  private static final class Content {
    private byte[] bytes = new byte[0];
    private int size;
    private MemorySegment mapped;

    /** What was written through a mapping is in the file. */
    private synchronized void takeMapped() {
      if (isMapped()) {
        int count = (int) Math.min(size, mapped.byteSize());
        MemorySegment.copy(
            mapped, 0, MemorySegment.ofArray(bytes), 0, Math.min(count, bytes.length));
      }
    }

    synchronized void write(ByteBuffer from, int at) {
      int end = at + from.remaining();
      if (end > bytes.length) {
        bytes = Arrays.copyOf(bytes, Math.max(end, 2 * bytes.length));
      }
      from.get(bytes, at, from.remaining());
      size = Math.max(size, end);
    }

    synchronized int read(ByteBuffer into, long at) {
      if (at >= size) {
        return -1;
      }
      int count = Math.min(into.remaining(), size - (int) at);
      into.put(bytes, (int) at, count);
      return count;
    }

    synchronized void truncate(int to) {
      takeMapped();
      size = Math.min(size, to);
    }

    synchronized void extend(int to) {
      if (to > size) {
        bytes = Arrays.copyOf(bytes, Math.max(bytes.length, to));
        Arrays.fill(bytes, size, to, (byte) 0);
        size = to;
      }
    }

    synchronized MemorySegment map(int count, Arena arena) {
      extend(count);
      MemorySegment memory = arena.allocate(count, Long.BYTES);
      MemorySegment.copy(MemorySegment.ofArray(bytes), 0, memory, 0, count);
      mapped = memory;
      return memory;
    }

    synchronized boolean isMapped() {
      return mapped != null && mapped.scope().isAlive();
    }

    synchronized byte[] copy() {
      takeMapped();
      return Arrays.copyOf(bytes, size);
    }

    synchronized int size() {
      return size;
    }
  }

  private final class Handle implements LogFile {

    private final Path path;
    private final Content content;
    private int position;
    private volatile boolean closed;

    Handle(Path path, Content content) {
      this.path = path;
      this.content = content;
      this.position = content.size();
      handles.incrementAndGet();
    }

    private Content content() {
      if (closed) {
        throw new UsedAfterCloseException(path);
      }
      return content;
    }

    @Override
    public long sizeInBytes() {
      return content().size();
    }

    @Override
    public int write(ByteBuffer bytes) {
      int count = bytes.remaining();
      content().write(bytes, position);
      position += count;
      return count;
    }

    @Override
    public long write(ByteBuffer[] bytes) {
      long count = 0;
      for (ByteBuffer part : bytes) {
        count += write(part);
      }
      return count;
    }

    @Override
    public void appendAt(long to) {
      position = (int) to;
    }

    @Override
    public int read(ByteBuffer into, long at) {
      int count = content().read(into, at);
      if (closed) {
        throw new UsedAfterCloseException(path);
      }
      return count;
    }

    @Override
    public void truncate(long sizeInBytes) {
      content().truncate((int) sizeInBytes);
      position = (int) Math.min(position, sizeInBytes);
    }

    @Override
    public void extend(long sizeInBytes) {
      content().extend((int) sizeInBytes);
    }

    @Override
    public void force() {
      var _ = content();
    }

    @Override
    public MemorySegment map(long sizeInBytes, Arena arena) {
      return content().map((int) sizeInBytes, arena);
    }

    @Override
    public FileChannel fileChannel() {
      return null;
    }

    @Override
    public void close() {
      if (closed) {
        throw new UsedAfterCloseException(path);
      }
      closed = true;
      handles.decrementAndGet();
    }
  }

  private final Map<Path, Content> files = new ConcurrentHashMap<>();
  private final Set<Path> directories = ConcurrentHashMap.newKeySet();
  private final AtomicInteger handles = new AtomicInteger();
  private final OpenFiles openFiles;

  RaceFiles(OpenFiles openFiles) {
    this.openFiles = openFiles;
  }

  /** Handles that are open now. */
  int handles() {
    return handles.get();
  }

  /** Files that are mapped now. */
  int mappings() {
    return (int) files.values().stream().filter(Content::isMapped).count();
  }

  private Content content(Path file) throws NoSuchFileException {
    Content content = files.get(file);
    if (content == null) {
      throw new NoSuchFileException(file.toString());
    }
    return content;
  }

  @Override
  public OpenFiles openFiles() {
    return openFiles;
  }

  @Override
  public LogFile open(Path file) {
    return new Handle(file, files.computeIfAbsent(file, _ -> new Content()));
  }

  @Override
  public LogFile openExisting(Path file) throws IOException {
    return new Handle(file, content(file));
  }

  @Override
  public boolean exists(Path path) {
    return files.containsKey(path) || directories.contains(path);
  }

  @Override
  public long sizeInBytes(Path file) throws IOException {
    return content(file).size();
  }

  @Override
  public long lastModifiedMs(Path file) {
    return 0;
  }

  @Override
  public void lastModified(Path file, long timestampMs) {}

  @Override
  public byte[] readAll(Path file) throws IOException {
    return content(file).copy();
  }

  @Override
  public void writeAll(Path file, byte[] bytes, boolean force) {
    Content content = new Content();
    content.write(ByteBuffer.wrap(bytes), 0);
    files.put(file, content);
  }

  @Override
  public List<String> list(Path directory) {
    return Stream.concat(files.keySet().stream(), directories.stream())
        .filter(path -> directory.equals(path.getParent()))
        .map(path -> path.getFileName().toString())
        .toList();
  }

  @Override
  public boolean isDirectory(Path path) {
    return directories.contains(path);
  }

  @Override
  public void createDirectory(Path directory) {
    directories.add(directory);
  }

  /** Of a file. */
  @Override
  public void rename(Path from, Path to) throws IOException {
    Content content = content(from);
    files.put(to, content);
    files.remove(from);
  }

  @Override
  public boolean deleteIfExists(Path path) {
    boolean wasFile = files.remove(path) != null;
    return directories.remove(path) || wasFile;
  }

  @Override
  public void forceDirectory(Path directory) {}

  @Override
  public long usableBytes(Path path) {
    return Long.MAX_VALUE;
  }

  @Override
  public AutoCloseable tryLock(Path file) {
    return () -> {};
  }
}
