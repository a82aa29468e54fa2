package io.ottla.log;

import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The logs in one directory that are to take the place of logs in other ones (KIP-113), and where
 * they are. A partition has a log of one kind in a directory, never both. Any thread; who changes
 * one is the only one to do so.
 *
 * <pre>
 *  orders-0.&lt;digits&gt;-future/              is being filled, as Kafka names it
 *  orders-0/ + orders-0.&lt;digits&gt;-moving   has nearly all. The file, which is empty, says that
 *                                         another directory has the partition's log, if one has
 * </pre>
 *
 * <p>The second state is what makes the change of places one rename: the old log's, to {@code
 * -delete}. Until that has happened, the old log is the partition's; from then on there is no other
 * than this, whatever else a crash or the loss of power has left undone.
 */
final class FutureNames {

  static final String FUTURE = "-future";
  static final String MOVING = "-moving";

  private static final int MAX_LENGTH = 255;
  private static final int MAX_DIGITS = 32;

  /**
   * @param path of the directory
   * @param mark the file beside it; null while the directory's name says what it is
   */
  private record Future(Path path, Path mark) {}

  private final LogFileSystem fileSystem;
  private final Path directory;
  private final Map<TopicPartition, Future> futures = new ConcurrentHashMap<>();

  FutureNames(LogFileSystem fileSystem, Path directory) {
    this.fileSystem = fileSystem;
    this.directory = directory;
  }

  /** The partition that a name with one of the two endings is about, null if it is none. */
  static TopicPartition partitionOf(String name, String ending) {
    int dot = name.lastIndexOf('.');
    return name.endsWith(ending) && dot > 0
        ? DirectoryNames.partitionOf(name.substring(0, dot))
        : null;
  }

  boolean contains(TopicPartition partition) {
    return futures.containsKey(partition);
  }

  Set<TopicPartition> partitions() {
    return futures.keySet();
  }

  /** Where the partition's directory is; null if it has no log of this kind here. */
  Path path(TopicPartition partition) {
    Future future = futures.get(partition);
    return future == null ? null : future.path();
  }

  boolean isPrepared(TopicPartition partition) {
    Future future = futures.get(partition);
    return future != null && future.mark() != null;
  }

  /** One was found when the directory was opened. */
  void found(TopicPartition partition, String name) {
    futures.put(partition, new Future(directory.resolve(name), null));
  }

  /** A prepared one was found when the directory was opened. */
  void foundPrepared(TopicPartition partition, String mark) {
    futures.put(
        partition, new Future(directory.resolve(partition.toString()), directory.resolve(mark)));
  }

  /**
   * There is to be one.
   *
   * @throws LogException INVALID_REPLICA_ASSIGNMENT if the topic's name leaves no room for that
   */
  void begin(TopicPartition partition) {
    futures.put(partition, new Future(directory.resolve(name(partition, FUTURE)), null));
  }

  /** The whole name of the topic must be in it, so that it can be found again. */
  private String name(TopicPartition partition, String ending) {
    int room = MAX_LENGTH - partition.toString().length() - 1 - ending.length();
    if (room < 1) {
      throw new LogException(
          ErrorCode.INVALID_REPLICA_ASSIGNMENT,
          "the name of " + partition + " is too long for it to be moved between directories");
    }
    String digits =
        fileSystem.newId().toString().replace("-", "").substring(0, Math.min(room, MAX_DIGITS));
    return partition + "." + digits + ending;
  }

  /** Gives it the name it is to have. On the disk on return. */
  void prepare(TopicPartition partition) throws IOException {
    Path mark = directory.resolve(name(partition, MOVING));
    fileSystem.open(mark).close();
    fileSystem.forceDirectory(directory);
    Path named = directory.resolve(partition.toString());
    fileSystem.rename(path(partition), named);
    futures.put(partition, new Future(named, mark));
    fileSystem.forceDirectory(directory);
  }

  /** It is the partition's log now; the file says otherwise until it is deleted. */
  Path promote(TopicPartition partition) {
    return futures.remove(partition).mark();
  }

  /**
   * Whoever opens this directory from now on finds the log and need not know of another.
   *
   * @throws LogException KAFKA_STORAGE_ERROR if the disk fails
   */
  void finishPromotion(Path mark) {
    try {
      fileSystem.deleteIfExists(mark);
      fileSystem.forceDirectory(directory);
    } catch (IOException e) {
      throw LogException.storage("deleting " + mark, e);
    }
  }

  /**
   * Returns when the names in the directory are on the disk. Blocks.
   *
   * @throws LogException KAFKA_STORAGE_ERROR if the disk fails
   */
  void force() {
    try {
      fileSystem.forceDirectory(directory);
    } catch (IOException e) {
      throw LogException.storage("forcing the names in " + directory, e);
    }
  }

  /** Nothing came of it. */
  void forget(TopicPartition partition) {
    futures.remove(partition);
  }

  /** Its directory has another name now, or is gone. */
  void remove(TopicPartition partition) throws IOException {
    Future gone = futures.remove(partition);
    if (gone != null && gone.mark() != null) {
      fileSystem.deleteIfExists(gone.mark());
    }
  }
}
