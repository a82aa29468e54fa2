package io.ottla.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files and directories that were taken out of use and wait for their time to be deleted. Any
 * thread.
 */
final class PendingDeletions {

  private static final Logger LOG = LoggerFactory.getLogger(PendingDeletions.class);

  private record Deletion(Path path, long dueMs) {}

  private final LogFileSystem fileSystem;
  private final List<Deletion> pending = new ArrayList<>();

  PendingDeletions(LogFileSystem fileSystem) {
    this.fileSystem = fileSystem;
  }

  synchronized void add(Path path, long dueMs) {
    pending.add(new Deletion(path, dueMs));
  }

  /** Deletes what is due. Returns how much of it there was. */
  int deleteDue(long nowMs) {
    List<Path> due = takeDue(nowMs);
    for (Path path : due) {
      try {
        delete(path);
      } catch (IOException e) {
        LOG.warn("{} could not be deleted, the next start tries again: {}", path, e.getMessage());
      }
    }
    return due.size();
  }

  private synchronized List<Path> takeDue(long nowMs) {
    List<Path> due = new ArrayList<>();
    for (Iterator<Deletion> it = pending.iterator(); it.hasNext(); ) {
      Deletion deletion = it.next();
      if (deletion.dueMs() <= nowMs) {
        due.add(deletion.path());
        it.remove();
      }
    }
    return due;
  }

  private void delete(Path path) throws IOException {
    if (fileSystem.isDirectory(path)) {
      for (String name : fileSystem.list(path)) {
        delete(path.resolve(name));
      }
    }
    fileSystem.deleteIfExists(path);
  }
}
