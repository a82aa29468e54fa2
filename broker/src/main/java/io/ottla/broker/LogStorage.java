package io.ottla.broker;

import io.ottla.broker.config.LogDirsConfig;
import io.ottla.log.DiskFileSystem;
import io.ottla.log.LogDirectory;
import io.ottla.log.LogException;
import io.ottla.log.LogFlusher;
import io.ottla.replication.LogDirectories;
import io.ottla.runtime.Clock;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Opens, locks and closes the log directories. Used by the broker's main thread. */
final class LogStorage {

  private final List<LogDirectory> directories = new ArrayList<>();

  /**
   * Locks all directories.
   *
   * @throws LogException if one is in use, or cannot be used
   */
  LogStorage(LogDirsConfig config) {
    try {
      for (Path path : config.dirs()) {
        directories.add(LogDirectory.open(DiskFileSystem.INSTANCE, path));
      }
    } catch (LogException e) {
      unlock();
      throw e;
    }
  }

  /** The directories with a flusher each. */
  LogDirectories withFlushers(BrokerThreads threads, Clock clock) {
    List<LogDirectories.Place> places = new ArrayList<>();
    for (LogDirectory directory : directories) {
      places.add(
          new LogDirectories.Place(directory, new LogFlusher(threads.newFlusher(), clock::wallMs)));
    }
    return new LogDirectories(places);
  }

  boolean wereClosedCleanly() {
    return directories.stream().allMatch(LogDirectory::wasClosedCleanly);
  }

  /** The epoch under which this broker last stopped cleanly (KIP-966), or -1. */
  long cleanBrokerEpoch() {
    List<Long> epochs =
        directories.stream().map(LogDirectory::cleanShutdownBrokerEpoch).distinct().toList();
    return epochs.size() == 1 ? epochs.getFirst() : -1;
  }

  /**
   * Writes what a fast start needs; all logs are closed.
   *
   * @param kafkaEpoch under which Kafka knows this broker, if the directories were Kafka's; or -1
   */
  void closeCleanly(long brokerEpoch, long kafkaEpoch) {
    directories.forEach(directory -> directory.closeCleanly(brokerEpoch, kafkaEpoch));
    directories.clear();
  }

  /** Gives the locks back and nothing else. */
  void unlock() {
    directories.forEach(LogDirectory::close);
    directories.clear();
  }
}
