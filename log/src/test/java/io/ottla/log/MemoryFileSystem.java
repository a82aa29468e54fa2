package io.ottla.log;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * A file system in memory that loses power: of what was not forced, a part is gone, as on a disk
 * with a journal. Names change in order, so of changes not forced the first few survive. Of bytes
 * not forced, some blocks survive and others are as they were; a file is as long as it was, or as
 * it is. One thread.
 */
public final class MemoryFileSystem implements LogFileSystem {

  private static final int CAPACITY = 16 << 10;
  private static final int BLOCK = 64;

  private static final class Node {
    byte[] bytes = new byte[CAPACITY];
    int size;
    byte[] forced = new byte[CAPACITY];
    int forcedSize;

    void force() {
      forced = bytes.clone();
      forcedSize = size;
    }

    /** What is on the disk after the power is gone: a new node, as mappings of this one live on. */
    Node afterPowerLoss(Random random) {
      Node node = new Node();
      node.size = random.nextBoolean() ? size : forcedSize;
      for (int at = 0; at < node.size; at += BLOCK) {
        int end = Math.min(at + BLOCK, node.size);
        byte[] from = random.nextBoolean() ? bytes : forced;
        System.arraycopy(from, at, node.bytes, at, end - at);
      }
      node.force();
      return node;
    }
  }

  private Map<Path, Node> files = new TreeMap<>();
  private Map<Path, Node> forcedFiles = new TreeMap<>();
  private final List<Consumer<Map<Path, Node>>> unforced = new ArrayList<>();
  private final Set<Path> directories = new HashSet<>();
  private final Set<Path> failed = new HashSet<>();
  private final Set<Path> full = new HashSet<>();

  /** Everything stops; what comes next finds what was on the disk. */
  public void losePower(Random random) {
    int survive = random.nextInt(unforced.size() + 1);
    unforced.subList(0, survive).forEach(change -> change.accept(forcedFiles));
    unforced.clear();
    forcedFiles.replaceAll((path, node) -> node.afterPowerLoss(random));
    files = new TreeMap<>(forcedFiles);
  }

  /** From now on nothing below a directory can be written; or it can again. */
  public void setFailed(Path directory, boolean isFailed) {
    if (isFailed) {
      failed.add(directory);
    } else {
      failed.remove(directory);
    }
  }

  /** From now on there is no room below a directory; or there is again. */
  public void setFull(Path directory, boolean isFull) {
    if (isFull) {
      full.add(directory);
    } else {
      full.remove(directory);
    }
  }

  private void checkDisk(Path path) throws IOException {
    if (failed.stream().anyMatch(path::startsWith)) {
      throw new IOException("Input/output error");
    }
  }

  private void change(Consumer<Map<Path, Node>> change) {
    change.accept(files);
    unforced.add(change);
  }

  private Node node(Path path) throws IOException {
    Node node = files.get(path);
    if (node == null) {
      throw new NoSuchFileException(path.toString());
    }
    return node;
  }

  private final class MemoryFile implements LogFile {
    private final Node node;
    private int position;

    private final Path path;

    MemoryFile(Path path, Node node) {
      this.path = path;
      this.node = node;
      this.position = node.size;
    }

    @Override
    public long sizeInBytes() {
      return node.size;
    }

    @Override
    public int write(ByteBuffer bytes) throws IOException {
      checkDisk(path);
      int count = bytes.remaining();
      if (position + count > CAPACITY) {
        throw new IOException("No space left on device");
      }
      bytes.get(node.bytes, position, count);
      position += count;
      node.size = Math.max(node.size, position);
      return count;
    }

    @Override
    public long write(ByteBuffer[] bytes) throws IOException {
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
    public int read(ByteBuffer into, long from) {
      if (from >= node.size) {
        return -1;
      }
      int count = Math.min(into.remaining(), node.size - (int) from);
      into.put(node.bytes, (int) from, count);
      return count;
    }

    @Override
    public void truncate(long sizeInBytes) {
      if (sizeInBytes < node.size) {
        Arrays.fill(node.bytes, (int) sizeInBytes, node.size, (byte) 0);
        node.size = (int) sizeInBytes;
      }
      position = Math.min(position, node.size);
    }

    @Override
    public void extend(long sizeInBytes) {
      node.size = Math.max(node.size, (int) sizeInBytes);
    }

    @Override
    public void force() throws IOException {
      checkDisk(path);
      node.force();
    }

    @Override
    public MemorySegment map(long sizeInBytes, Arena arena) {
      extend(sizeInBytes);
      return MemorySegment.ofArray(node.bytes).asSlice(0, sizeInBytes);
    }

    @Override
    public FileChannel fileChannel() {
      return null;
    }

    @Override
    public void close() {}
  }

  @Override
  public LogFile open(Path file) {
    if (!files.containsKey(file)) {
      Node created = new Node();
      change(names -> names.put(file, created));
    }
    return new MemoryFile(file, files.get(file));
  }

  @Override
  public LogFile openExisting(Path file) throws IOException {
    return new MemoryFile(file, node(file));
  }

  @Override
  public boolean exists(Path path) {
    return files.containsKey(path) || directories.contains(path);
  }

  @Override
  public long sizeInBytes(Path file) throws IOException {
    return node(file).size;
  }

  @Override
  public long lastModifiedMs(Path file) {
    return 0;
  }

  @Override
  public void lastModified(Path file, long timestampMs) throws IOException {
    node(file);
  }

  @Override
  public byte[] readAll(Path file) throws IOException {
    Node node = node(file);
    return Arrays.copyOf(node.bytes, node.size);
  }

  @Override
  public void writeAll(Path file, byte[] bytes, boolean force) throws IOException {
    Node written = new Node();
    new MemoryFile(file, written).write(ByteBuffer.wrap(bytes));
    if (force) {
      written.force();
    }
    change(names -> names.put(file, written));
    if (force) {
      forceDirectory(file.getParent());
    }
  }

  @Override
  public List<String> list(Path directory) {
    Set<String> names = new HashSet<>();
    for (Path path : files.keySet()) {
      if (path.startsWith(directory) && !path.equals(directory)) {
        names.add(directory.relativize(path).getName(0).toString());
      }
    }
    return List.copyOf(names);
  }

  @Override
  public boolean isDirectory(Path path) {
    return directories.contains(path);
  }

  @Override
  public void createDirectory(Path directory) {
    directories.add(directory);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    checkDisk(to);
    if (isDirectory(from)) {
      renameDirectory(from, to);
      return;
    }
    node(from);
    change(
        names -> {
          Node node = names.remove(from);
          if (node != null) {
            names.put(to, node);
          }
        });
  }

  /** With all that is in it; directories themselves are never lost. */
  private void renameDirectory(Path from, Path to) {
    directories.remove(from);
    directories.add(to);
    change(
        names -> {
          for (Path path : List.copyOf(names.keySet())) {
            if (path.startsWith(from)) {
              names.put(to.resolve(from.relativize(path)), names.remove(path));
            }
          }
        });
  }

  @Override
  public boolean deleteIfExists(Path path) {
    if (directories.remove(path)) {
      return true;
    }
    if (!files.containsKey(path)) {
      return false;
    }
    change(names -> names.remove(path));
    return true;
  }

  @Override
  public void forceDirectory(Path directory) {
    unforced.forEach(change -> change.accept(forcedFiles));
    unforced.clear();
  }

  @Override
  public long usableBytes(Path path) {
    return full.stream().anyMatch(path::startsWith) ? 0 : Long.MAX_VALUE;
  }

  @Override
  public AutoCloseable tryLock(Path file) {
    return () -> {};
  }
}
