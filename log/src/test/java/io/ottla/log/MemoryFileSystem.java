package io.ottla.log;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * A file system in memory that loses power: of what was not forced, a part is gone. Names change in
 * order within one directory, so of changes to it that were not forced the first few survive; what
 * one directory keeps says nothing of another, and a directory whose own name is lost takes all
 * that is in it along. Of bytes not forced, some blocks survive and others are as they were; a file
 * is as long as it was, or as it is. One thread.
 *
 * <p>It can also be killed before any of the steps that change something ({@link #killBefore}).
 */
public final class MemoryFileSystem implements LogFileSystem {

  private static final int MIN_CAPACITY = 256;
  private static final int MAX_CAPACITY = 64 << 20;
  private static final int BLOCK = 64;

  /** What a disk says is left, and is too little for anything. */
  private static final int LAST_BYTES = 20;

  /** The process is gone; nothing it does from here on reaches the disk. */
  public static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  private static final class Node {
    byte[] bytes = new byte[MIN_CAPACITY];
    boolean mapped;
    int size;
    byte[] forced = new byte[0];

    void reserve(int capacity) {
      if (capacity > bytes.length) {
        if (mapped) {
          throw new AssertionError("a file grows beyond what is mapped of it");
        }
        bytes = Arrays.copyOf(bytes, Math.max(capacity, 2 * bytes.length));
      }
    }

    void force() {
      forced = Arrays.copyOf(bytes, size);
    }

    /** What is on the disk after the power is gone: a new node, as mappings of this one live on. */
    Node afterPowerLoss(Random random) {
      Node node = new Node();
      node.size = random != null && random.nextBoolean() ? size : forced.length;
      node.reserve(node.size);
      for (int at = 0; at < node.size; at += BLOCK) {
        byte[] from = random != null && random.nextBoolean() ? bytes : forced;
        int end = Math.min(Math.min(at + BLOCK, node.size), from.length);
        if (end > at) {
          System.arraycopy(from, at, node.bytes, at, end - at);
        }
      }
      node.force();
      return node;
    }
  }

  /** What there is by name. */
  private static final class Names {
    final Map<Path, Node> files = new TreeMap<>();
    final Set<Path> directories = new HashSet<>();

    void replaceWith(Names other) {
      files.clear();
      files.putAll(other.files);
      directories.clear();
      directories.addAll(other.directories);
    }

    void rename(Path from, Path to) {
      if (directories.remove(from)) {
        directories.add(to);
        for (Path path : List.copyOf(files.keySet())) {
          if (path.startsWith(from)) {
            files.put(to.resolve(from.relativize(path)), files.remove(path));
          }
        }
      } else if (files.containsKey(from)) {
        files.put(to, files.remove(from));
      }
    }

    /** What lies in no directory cannot be found. */
    void dropUnreachable() {
      files.keySet().removeIf(path -> !directories.contains(path.getParent()));
    }
  }

  private final Names now = new Names();
  private final Names forced = new Names();
  private final Map<Path, List<Consumer<Names>>> unforced = new HashMap<>();
  private final Set<Path> failed = new HashSet<>();
  private final Set<Path> full = new HashSet<>();
  private final Set<Path> filledUp = new HashSet<>();
  private final Set<Path> unreadable = new HashSet<>();
  private Reads reads = (_, _, _) -> {};
  private boolean handlesUsedUp;
  private int handles;
  private int refused;

  /** Told of each read, so that a test can say what is in memory. */
  @FunctionalInterface
  public interface Reads {

    void onRead(Path file, long position, int count);
  }

  public void whenRead(Reads told) {
    reads = told;
  }

  /** How often something was not written as there was no room. */
  public int refused() {
    return refused;
  }

  /** How often files were opened and not closed. */
  public int handles() {
    return handles;
  }

  private long ids;
  private long steps;
  private long killBefore = Long.MAX_VALUE;
  private boolean killed;

  /** Everything stops; what comes next finds what was on the disk. */
  public void losePower(Random random) {
    for (Path directory : new TreeSet<>(unforced.keySet())) {
      List<Consumer<Names>> changes = unforced.get(directory);
      int survive = random == null ? 0 : random.nextInt(changes.size() + 1);
      changes.subList(0, survive).forEach(change -> change.accept(forced));
    }
    unforced.clear();
    forced.dropUnreachable();
    forced.files.replaceAll((path, node) -> node.afterPowerLoss(random));
    now.replaceWith(forced);
    killed = false;
    killBefore = Long.MAX_VALUE;
  }

  /** As {@link #losePower}, and nothing at all survives that was not forced. */
  public void losePowerAndAllThatWasNotForced() {
    losePower(null);
  }

  /** How many steps have changed something. */
  public long steps() {
    return steps;
  }

  /** Whether it was killed, and whoever used it is dead. */
  public boolean isKilled() {
    return killed;
  }

  /** From a step on, everything that would change something throws {@link Killed}. */
  public void killBefore(long step) {
    killBefore = step;
    killed = false;
  }

  /** What was killed is started again; what it has done is there, forced or not. */
  public void revive() {
    killBefore = Long.MAX_VALUE;
    killed = false;
  }

  private void step() {
    if (steps >= killBefore) {
      killed = true;
      throw new Killed();
    }
    steps++;
  }

  /** The files there are, by name. */
  public List<Path> files() {
    return List.copyOf(now.files.keySet());
  }

  /** How much of a file has been forced. */
  public int forcedBytes(Path file) {
    return now.files.get(file).forced.length;
  }

  /** A bit of a file is another one from now on, on the disk too if the byte was there. */
  public void flip(Path file, int position, int bit) {
    Node node = now.files.get(file);
    node.bytes[position] ^= (byte) (1 << bit);
    if (position < node.forced.length) {
      node.forced[position] ^= (byte) (1 << bit);
    }
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

  /** Another disk, empty, is where there was one. */
  public void forget(Path directory) {
    for (Names names : List.of(now, forced)) {
      names.files.keySet().removeIf(path -> path.startsWith(directory));
      names.directories.removeIf(path -> path.startsWith(directory));
    }
    unforced.keySet().removeIf(path -> path.startsWith(directory));
  }

  /** From now on a file, or those below a directory, cannot be read; or they can again. */
  public void setUnreadable(Path path, boolean isUnreadable) {
    if (isUnreadable) {
      unreadable.add(path);
    } else {
      unreadable.remove(path);
    }
  }

  private void checkReadable(Path path) throws IOException {
    if (unreadable.stream().anyMatch(path::startsWith)) {
      throw new IOException("Input/output error");
    }
  }

  /** From now on files below a directory cannot grow, or be made; or they can again. */
  public void setFilledUp(Path directory, boolean isFilledUp) {
    if (isFilledUp) {
      filledUp.add(directory);
    } else {
      filledUp.remove(directory);
    }
  }

  /** From now on the process has as many files open as it may; or it may have more again. */
  public void setHandlesUsedUp(boolean areUsedUp) {
    handlesUsedUp = areUsedUp;
  }

  private void checkHandles(Path path) throws IOException {
    if (handlesUsedUp) {
      throw new FileSystemException(path.toString(), null, "Too many open files");
    }
  }

  private boolean isFilledUp(Path path) {
    return filledUp.stream().anyMatch(path::startsWith);
  }

  private void checkDisk(Path path) throws IOException {
    if (failed.stream().anyMatch(path::startsWith)) {
      throw new IOException("Input/output error");
    }
  }

  private void change(Path directory, Consumer<Names> change) {
    change.accept(now);
    unforced.computeIfAbsent(directory, path -> new ArrayList<>()).add(change);
  }

  private Node node(Path path) throws IOException {
    Node node = now.files.get(path);
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
      handles++;
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
      step();
      int count = bytes.remaining();
      if (position + count > MAX_CAPACITY || (position + count > node.size && isFilledUp(path))) {
        refused++;
        throw new IOException("No space left on device");
      }
      node.reserve(position + count);
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
    public int read(ByteBuffer into, long from) throws IOException {
      checkReadable(path);
      if (from >= node.size) {
        return -1;
      }
      int count = Math.min(into.remaining(), node.size - (int) from);
      reads.onRead(path, from, count);
      into.put(node.bytes, (int) from, count);
      return count;
    }

    @Override
    public void truncate(long sizeInBytes) {
      if (sizeInBytes < node.size) {
        step();
        Arrays.fill(node.bytes, (int) sizeInBytes, node.size, (byte) 0);
        node.size = (int) sizeInBytes;
      }
      position = Math.min(position, node.size);
    }

    @Override
    public void extend(long sizeInBytes) {
      if (sizeInBytes > node.size) {
        step();
        node.reserve((int) sizeInBytes);
        node.size = (int) sizeInBytes;
      }
    }

    @Override
    public void force() throws IOException {
      checkDisk(path);
      step();
      node.force();
    }

    @Override
    public MemorySegment map(long sizeInBytes, Arena arena) {
      extend(sizeInBytes);
      node.mapped = true;
      return MemorySegment.ofArray(node.bytes).asSlice(0, sizeInBytes);
    }

    @Override
    public FileChannel fileChannel() {
      return null;
    }

    @Override
    public void close() {
      handles--;
    }
  }

  @Override
  public LogFile open(Path file) throws IOException {
    checkHandles(file);
    if (!now.files.containsKey(file)) {
      step();
      Node created = new Node();
      change(file.getParent(), names -> names.files.put(file, created));
    }
    return new MemoryFile(file, now.files.get(file));
  }

  @Override
  public LogFile openExisting(Path file) throws IOException {
    checkHandles(file);
    return new MemoryFile(file, node(file));
  }

  @Override
  public boolean exists(Path path) {
    return now.files.containsKey(path) || now.directories.contains(path);
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
    checkHandles(file);
    Node node = node(file);
    checkReadable(file);
    reads.onRead(file, 0, node.size);
    return Arrays.copyOf(node.bytes, node.size);
  }

  /** Step by step as the real one. */
  @Override
  public void writeAll(Path file, byte[] bytes, boolean force) throws IOException {
    Path aside = file.resolveSibling(file.getFileName() + ".tmp");
    try (LogFile written = open(aside)) {
      written.truncate(0);
      written.appendAt(0);
      written.write(ByteBuffer.wrap(bytes));
      if (force) {
        written.force();
      }
    }
    rename(aside, file);
    if (force) {
      forceDirectory(file.getParent());
    }
  }

  @Override
  public List<String> list(Path directory) {
    Set<String> names = new HashSet<>();
    for (Path path : now.files.keySet()) {
      if (path.startsWith(directory) && !path.equals(directory)) {
        names.add(directory.relativize(path).getName(0).toString());
      }
    }
    for (Path path : now.directories) {
      if (directory.equals(path.getParent())) {
        names.add(path.getFileName().toString());
      }
    }
    return List.copyOf(names);
  }

  @Override
  public boolean isDirectory(Path path) {
    return now.directories.contains(path);
  }

  /** A directory in another one can be lost; those above it were there before. */
  @Override
  public void createDirectory(Path directory) {
    if (now.directories.contains(directory)) {
      return;
    }
    if (now.directories.contains(directory.getParent())) {
      step();
      change(directory.getParent(), names -> names.directories.add(directory));
    } else {
      now.directories.add(directory);
      forced.directories.add(directory);
    }
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    checkDisk(to);
    if (isDirectory(from)) {
      forceDirectory(from); // What is in it moves along; more is not asked of it here.
    } else {
      node(from);
    }
    step();
    change(to.getParent(), names -> names.rename(from, to));
  }

  @Override
  public boolean deleteIfExists(Path path) {
    if (!exists(path)) {
      return false;
    }
    step();
    change(
        path.getParent(),
        names -> {
          names.files.remove(path);
          names.directories.remove(path);
        });
    return true;
  }

  @Override
  public void forceDirectory(Path directory) {
    step();
    List<Consumer<Names>> changes = unforced.remove(directory);
    if (changes != null) {
      changes.forEach(change -> change.accept(forced));
    }
  }

  @Override
  public long usableBytes(Path path) {
    if (isFilledUp(path)) {
      return LAST_BYTES;
    }
    return full.stream().anyMatch(path::startsWith) ? 0 : Long.MAX_VALUE;
  }

  /** The same ones each time. */
  @Override
  public UUID newId() {
    ids++;
    return new UUID(ids << 32, ids);
  }

  @Override
  public AutoCloseable tryLock(Path file) {
    return () -> {};
  }
}
