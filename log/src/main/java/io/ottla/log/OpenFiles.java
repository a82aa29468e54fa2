package io.ottla.log;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Keeps the number of files in bounds that are open, or held in memory, only because somebody read
 * them a while ago. Second chance: what was used since it was last looked at stays. Any thread.
 *
 * <p>What somebody is using at the moment is left alone, so the limits may be exceeded for as long
 * as more than that are in use at one time.
 */
public final class OpenFiles {

  /** Something that can be let go of and got again. */
  interface Parkable {

    /** Whether it was used since this was last asked. */
    boolean wasUsed();

    /** Lets go of it; if it is in use again, it says so once more when it is not. */
    void park();
  }

  /** For file systems to which open files are nothing: keeps everything, remembers nothing. */
  static final OpenFiles UNBOUNDED = new OpenFiles(Integer.MAX_VALUE, Long.MAX_VALUE);

  private record Entry(Parkable parkable, long bytes) {}

  private final int maxFiles;
  private final long maxBytes;
  private final Deque<Entry> entries = new ArrayDeque<>();
  private int files;
  private long bytes;

  /**
   * @param maxFiles that are open though nobody uses them
   * @param maxBytes of files held in memory
   */
  OpenFiles(int maxFiles, long maxBytes) {
    this.maxFiles = maxFiles;
    this.maxBytes = maxBytes;
  }

  /** Takes note of an open file that nobody uses. The caller holds no lock. */
  void onIdle(Parkable file) {
    add(file, 0);
  }

  /** Takes note of a file that was read into memory. */
  void onLoaded(Parkable content, long sizeInBytes) {
    add(content, Math.max(1, sizeInBytes));
  }

  private synchronized void add(Parkable parkable, long sizeInBytes) {
    if (maxFiles == Integer.MAX_VALUE) {
      return;
    }
    entries.addLast(new Entry(parkable, sizeInBytes));
    files += sizeInBytes == 0 ? 1 : 0;
    bytes += sizeInBytes;
    int looks = 2 * entries.size();
    while ((files > maxFiles || bytes > maxBytes) && looks-- > 0) {
      Entry oldest = entries.removeFirst();
      boolean tooMany = oldest.bytes() == 0 ? files > maxFiles : bytes > maxBytes;
      if (tooMany && !oldest.parkable().wasUsed()) {
        forget(oldest);
        oldest.parkable().park();
      } else {
        entries.addLast(oldest);
      }
    }
  }

  /**
   * Lets go of all open files that nobody uses: somebody needs a handle. The caller may hold the
   * lock of a file that it is about to open, which is none of these. Returns how many there were.
   */
  int parkFiles() {
    List<Parkable> idle = new ArrayList<>();
    synchronized (this) {
      entries.removeIf(
          entry -> {
            if (entry.bytes() > 0) {
              return false;
            }
            forget(entry);
            return idle.add(entry.parkable());
          });
    }
    idle.forEach(Parkable::park);
    return idle.size();
  }

  /** It is closed for good. */
  synchronized void onClosed(Parkable parkable) {
    entries.removeIf(
        entry -> {
          boolean found = entry.parkable() == parkable;
          if (found) {
            forget(entry);
          }
          return found;
        });
  }

  private void forget(Entry entry) {
    files -= entry.bytes() == 0 ? 1 : 0;
    bytes -= entry.bytes();
  }

  synchronized int files() {
    return files;
  }

  synchronized long bytes() {
    return bytes;
  }
}
