package io.ottla.broker;

import io.ottla.broker.config.LogDirsConfig;
import io.ottla.log.LogDirectory;
import io.ottla.log.LogException;
import io.ottla.log.LogFileSystem;
import io.ottla.log.LogFlusher;
import io.ottla.replication.LogDirectories;
import io.ottla.runtime.Clock;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens, locks and closes the log directories. Used by the broker's main thread. */
final class LogStorage {

  private static final Logger LOG = LoggerFactory.getLogger(LogStorage.class);

  private final List<LogDirectory> directories = new ArrayList<>();
  private final List<Path> unusable = new ArrayList<>();
  private final long reservedBytes;

  /**
   * Locks all directories. One whose disk fails is left out as long as there are others, and it is
   * not the one with the metadata.
   *
   * @throws LogException if one is in use, or what is needed cannot be used
   */
  LogStorage(LogDirsConfig config, LogFileSystem fileSystem) {
    this.reservedBytes = config.reservedBytes();
    try {
      for (Path path : config.dirs()) {
        try {
          directories.add(opened(fileSystem, path));
        } catch (LogException e) {
          boolean failed = e.getCause() instanceof IOException;
          if (!failed || config.dirs().size() == 1 || path.equals(config.metadataDir())) {
            throw e;
          }
          LOG.error(
              "The log directory {} cannot be used ({}): partitions in it are offline. Mend the"
                  + " disk and restart this broker, or take it out of log.dirs",
              path,
              e.getMessage());
          unusable.add(path);
        }
      }
      if (directories.isEmpty()) {
        throw new LogException(
            ErrorCode.KAFKA_STORAGE_ERROR,
            "none of the log directories " + config.dirs() + " can be used");
      }
    } catch (LogException e) {
      unlock();
      throw e;
    }
  }

  /** What the node says of itself in the directory has to be readable, too. */
  private static LogDirectory opened(LogFileSystem fileSystem, Path path) {
    LogDirectory directory = LogDirectory.open(fileSystem, path);
    Path properties = path.resolve("meta.properties");
    try {
      if (fileSystem.exists(properties)) {
        fileSystem.readAll(properties);
      }
      return directory;
    } catch (IOException e) {
      directory.close();
      throw LogException.storage("reading " + properties, e);
    }
  }

  /** The directories that can be used. */
  List<Path> usable() {
    return directories.stream().map(LogDirectory::path).toList();
  }

  /**
   * The directories with a flusher each.
   *
   * @param ids the id of each directory
   */
  LogDirectories withFlushers(Map<Path, Uuid> ids, NodeThreads threads, Clock clock) {
    List<LogDirectories.Place> places = new ArrayList<>();
    for (LogDirectory directory : directories) {
      places.add(
          new LogDirectories.Place(
              directory,
              new LogFlusher(threads.newFlusher(), clock::wallMs),
              ids.get(directory.path())));
    }
    return new LogDirectories(places, unusable, reservedBytes);
  }

  boolean wereClosedCleanly() {
    return directories.stream().allMatch(LogDirectory::wasClosedCleanly);
  }

  /**
   * The epoch under which this broker last stopped cleanly (KIP-966), or -1: also where it is not
   * known of all directories.
   */
  long cleanBrokerEpoch() {
    List<Long> epochs =
        directories.stream().map(LogDirectory::cleanShutdownBrokerEpoch).distinct().toList();
    return unusable.isEmpty() && epochs.size() == 1 ? epochs.getFirst() : -1;
  }

  /**
   * Writes what a fast start needs; all logs are closed.
   *
   * @param kafkaEpoch under which Kafka knows this broker, if the directories were Kafka's; or -1
   */
  void closeCleanly(long brokerEpoch, long kafkaEpoch) {
    for (LogDirectory directory : directories) {
      try {
        directory.closeCleanly(brokerEpoch, kafkaEpoch);
      } catch (LogException e) {
        LOG.error("{} could not be closed properly: {}", directory, e.getMessage());
      }
    }
    directories.clear();
  }

  /** Gives the locks back and nothing else. */
  void unlock() {
    directories.forEach(LogDirectory::close);
    directories.clear();
  }
}
