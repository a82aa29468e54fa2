package io.ottla.log;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file that is open while somebody uses it or {@link #hold}s it, and afterwards until {@link
 * OpenFiles} wants the handle for another one; then it is opened again when needed. Thousands of
 * segments nobody reads need no handles.
 *
 * <p>Whoever relies on the append position, or takes the {@link #fileChannel}, holds it meanwhile.
 * Whoever is about to give its name to another file holds it from before then on.
 */
final class LazyFile implements LogFile, OpenFiles.Parkable {

  private static final Logger LOG = LoggerFactory.getLogger(LazyFile.class);

  private static final int PARKED = -1;
  private static final int CLOSED = -2;

  private final LogFileSystem fileSystem;
  private final OpenFiles openFiles;
  private final Path path;
  private boolean create;

  /** How many use it now; or PARKED, or CLOSED. Leaves those two under the monitor only. */
  private final AtomicInteger users = new AtomicInteger(PARKED);

  private volatile LogFile file;
  private volatile boolean used;
  private volatile boolean registered;

  /**
   * @param create whether it is made when it is first used; else it is there already
   */
  LazyFile(LogFileSystem fileSystem, Path path, boolean create) {
    this.fileSystem = fileSystem;
    this.openFiles = fileSystem.openFiles();
    this.path = path;
    this.create = create;
  }

  private LogFile acquire() throws IOException {
    used = true;
    while (true) {
      int count = users.get();
      if (count >= 0) {
        if (users.compareAndSet(count, count + 1)) {
          return file;
        }
      } else if (open()) {
        return file;
      }
    }
  }

  /** True if this call has opened it, with one user then. */
  private synchronized boolean open() throws IOException {
    int count = users.get();
    if (count == CLOSED) {
      throw new ClosedChannelException();
    }
    if (count >= 0) {
      return false;
    }
    file = create ? fileSystem.open(path) : fileSystem.openExisting(path);
    create = false;
    users.set(1);
    return true;
  }

  private void release() {
    if (users.decrementAndGet() == 0 && !registered) {
      register();
    }
  }

  /** Nobody uses it: from now on it may be closed. */
  private void register() {
    synchronized (this) {
      if (registered || users.get() != 0) {
        return;
      }
      registered = true;
    }
    openFiles.onIdle(this);
  }

  @Override
  public void hold() throws IOException {
    var _ = acquire();
  }

  @Override
  public void letGo() {
    release();
  }

  @Override
  public boolean wasUsed() {
    boolean was = used;
    used = false;
    return was;
  }

  @Override
  public synchronized void park() {
    registered = false;
    if (!users.compareAndSet(0, PARKED)) {
      return;
    }
    closeFile();
  }

  private void closeFile() {
    LogFile open = file;
    file = null;
    try {
      open.close();
    } catch (IOException e) {
      // Nothing is lost by it: what counts was written before.
      LOG.warn("closing {} failed", path, e);
    }
  }

  /** For good. Nobody uses it any more; holds that were never let go of do not count. */
  @Override
  public void close() {
    boolean wasOpen;
    synchronized (this) {
      wasOpen = users.getAndSet(CLOSED) >= 0;
      if (wasOpen) {
        closeFile();
      }
    }
    if (registered) {
      openFiles.onClosed(this);
    }
  }

  @Override
  public long sizeInBytes() throws IOException {
    LogFile open = acquire();
    try {
      return open.sizeInBytes();
    } finally {
      release();
    }
  }

  @Override
  public int write(ByteBuffer bytes) throws IOException {
    LogFile open = acquire();
    try {
      return open.write(bytes);
    } finally {
      release();
    }
  }

  @Override
  public long write(ByteBuffer[] bytes) throws IOException {
    LogFile open = acquire();
    try {
      return open.write(bytes);
    } finally {
      release();
    }
  }

  @Override
  public void appendAt(long position) throws IOException {
    LogFile open = acquire();
    try {
      open.appendAt(position);
    } finally {
      release();
    }
  }

  @Override
  public int read(ByteBuffer into, long position) throws IOException {
    LogFile open = acquire();
    try {
      return open.read(into, position);
    } finally {
      release();
    }
  }

  @Override
  public boolean isResident(long position, int count) throws IOException {
    LogFile open = acquire();
    try {
      return open.isResident(position, count);
    } finally {
      release();
    }
  }

  @Override
  public void truncate(long sizeInBytes) throws IOException {
    LogFile open = acquire();
    try {
      open.truncate(sizeInBytes);
    } finally {
      release();
    }
  }

  @Override
  public void extend(long sizeInBytes) throws IOException {
    LogFile open = acquire();
    try {
      open.extend(sizeInBytes);
    } finally {
      release();
    }
  }

  @Override
  public void force() throws IOException {
    LogFile open = acquire();
    try {
      open.force();
    } finally {
      release();
    }
  }

  @Override
  public MemorySegment map(long sizeInBytes, Arena arena) throws IOException {
    LogFile open = acquire();
    try {
      return open.map(sizeInBytes, arena);
    } finally {
      release();
    }
  }

  /** Of a file that is held. */
  @Override
  public FileChannel fileChannel() {
    LogFile open = file;
    return open == null ? null : open.fileChannel();
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
