package io.ottla.log;

import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One directory of logs: its lock, its checkpoints, whether it was closed cleanly, and what waits
 * to be deleted in it. Any thread; methods that write files may block and do not belong on a shard.
 *
 * <pre>
 *  .lock                             held while a broker uses the directory
 *  .kafka_cleanshutdown              there if the last one closed everything
 *  recovery-point-offset-checkpoint  per partition: up to where its log is on the disk
 *  replication-offset-checkpoint     per partition: high watermark
 *  log-start-offset-checkpoint       per partition: first offset, where segments do not tell
 *  cleaner-offset-checkpoint         per partition: up to where it was compacted
 *  orders-0/                         a partition's log
 *  orders-1.&lt;32 digits&gt;-delete/      was a partition's log
 *  orders-1.&lt;32 digits&gt;-stray/       the log of an earlier topic of this name
 *  orders-2.&lt;32 digits&gt;-future/      is to take the place of a log elsewhere (FutureNames)
 * </pre>
 */
public final class LogDirectory implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(LogDirectory.class);

  private static final String LOCK = ".lock";
  private static final String RECOVERY_POINTS = "recovery-point-offset-checkpoint";
  private static final String HIGH_WATERMARKS = "replication-offset-checkpoint";
  private static final String LOG_STARTS = "log-start-offset-checkpoint";

  private final WatchedFileSystem fileSystem;
  private final Path path;
  private final AutoCloseable lock;
  private final boolean clean;
  private final long cleanBrokerEpoch;
  private final PendingDeletions deletions;

  private final OffsetCheckpoint recoveryPoints;
  private final OffsetCheckpoint highWatermarks;
  private final OffsetCheckpoint logStarts;
  private final CleanerOffsets cleanerOffsets;
  private final FutureNames futures;

  private final Map<TopicPartition, PartitionLog> open = new ConcurrentHashMap<>();

  // Of logs that are not open: what the checkpoints said, or what they had when they were closed.
  private final Map<TopicPartition, Remembered> closed = new ConcurrentHashMap<>();

  private final GoneLogs gone = new GoneLogs();

  private volatile boolean full;
  private volatile boolean failed;

  private LogDirectory(
      WatchedFileSystem fileSystem, Path path, AutoCloseable lock, boolean clean, long brokerEpoch)
      throws IOException {
    this.fileSystem = fileSystem;
    this.path = path;
    this.lock = lock;
    this.clean = clean;
    this.cleanBrokerEpoch = brokerEpoch;
    this.deletions = new PendingDeletions(fileSystem);
    this.recoveryPoints = new OffsetCheckpoint(fileSystem, path, RECOVERY_POINTS);
    this.highWatermarks = new OffsetCheckpoint(fileSystem, path, HIGH_WATERMARKS);
    this.logStarts = new OffsetCheckpoint(fileSystem, path, LOG_STARTS);
    this.cleanerOffsets = new CleanerOffsets(fileSystem, path);
    this.futures = new FutureNames(fileSystem, path);
    closed.putAll(
        new DirectoryScan(
                fileSystem,
                path,
                clean,
                recoveryPoints.read(),
                logStarts.read(),
                highWatermarks.read())
            .logs(futures, deletions, gone));
    if (closed.isEmpty()) {
      // From the first log on, a checkpoint that is missing is one that was lost.
      checkpointRecoveryPoints();
    }
  }

  /**
   * Locks the directory, creating it if needed, and reads what the last user left. The mark of a
   * clean shutdown is taken away: until the next one, a crash is a crash.
   *
   * @throws LogException KAFKA_STORAGE_ERROR if another broker holds it, or the disk fails
   */
  public static LogDirectory open(LogFileSystem fileSystem, Path path) {
    AutoCloseable lock = null;
    LogDirectory opened = null;
    try {
      fileSystem.createDirectory(path);
      lock = fileSystem.tryLock(path.resolve(LOCK));
      if (lock == null) {
        throw new LogException(
            ErrorCode.KAFKA_STORAGE_ERROR,
            "log directory "
                + path.toAbsolutePath()
                + " is in use: another broker, in this or in another process, holds its "
                + LOCK
                + " file");
      }
      CleanShutdownMark mark = new CleanShutdownMark(fileSystem, path);
      boolean clean = mark.exists();
      long brokerEpoch = clean ? mark.brokerEpoch() : -1L;
      opened = new LogDirectory(new WatchedFileSystem(fileSystem), path, lock, clean, brokerEpoch);
      if (clean) {
        mark.delete();
      }
      return opened;
    } catch (IOException e) {
      opened = null;
      throw LogException.storage("opening log directory " + path.toAbsolutePath(), e);
    } finally {
      if (opened == null && lock != null) {
        unlock(lock, path);
      }
    }
  }

  public Path path() {
    return path;
  }

  LogFileSystem fileSystem() {
    return fileSystem;
  }

  /**
   * Tells when the disk cannot give back what it took, whoever reads, and on the thread that reads;
   * at once if that has happened before.
   *
   * @param told must not block
   */
  public void whenReadFails(Consumer<LogException> told) {
    fileSystem.whenReadFails(told);
  }

  /** Whether the last broker here closed everything. */
  public boolean wasClosedCleanly() {
    return clean;
  }

  /** Epoch of the broker that closed it cleanly (KIP-966), -1 if unknown. */
  public long cleanShutdownBrokerEpoch() {
    return cleanBrokerEpoch;
  }

  /**
   * The partitions that have a directory here but no open log, and the topic ids in them.
   *
   * @return id ZERO where the directory does not tell
   */
  public Map<TopicPartition, Uuid> partitions() {
    return unopened(false);
  }

  /** As {@link #partitions}, of those that are to take the place of logs in other directories. */
  public Map<TopicPartition, Uuid> futures() {
    return unopened(true);
  }

  private Map<TopicPartition, Uuid> unopened(boolean isFuture) {
    Map<TopicPartition, Uuid> found = new HashMap<>();
    for (TopicPartition partition : closed.keySet()) {
      if (futures.contains(partition) != isFuture) {
        continue;
      }
      try {
        Uuid id = PartitionMetadata.read(fileSystem, partitionPath(partition));
        found.put(partition, id == null ? Uuid.ZERO : id);
      } catch (IOException e) {
        LOG.warn("{}: topic id is not known: {}", partition, e.getMessage());
        found.put(partition, Uuid.ZERO);
      }
    }
    return found;
  }

  /** Whether the log here is to take the place of one in another directory. Any thread. */
  public boolean isFuture(TopicPartition partition) {
    return futures.contains(partition);
  }

  /**
   * Whether the log here is as good as the one whose place it is to take, if that is gone: then it
   * was taken away because this is complete. Any thread.
   */
  public boolean isPrepared(TopicPartition partition) {
    return futures.isPrepared(partition);
  }

  /** The logs that are open here, also those that are to take the place of others. */
  public Collection<PartitionLog> logs() {
    return open.values();
  }

  /** Whether a log is open here. Any thread. */
  public boolean holds(PartitionLog log) {
    return open.get(log.topicPartition()) == log;
  }

  /**
   * Closes a log without writing anything, because the directory has failed. Whoever reads finds it
   * closed; the directory will not be believed to be clean. The log's owner calls.
   */
  public void giveUp(PartitionLog log) {
    log.abandon();
    onClosed(log, false);
  }

  Path partitionPath(TopicPartition partition) {
    Path future = futures.path(partition);
    return future == null ? path.resolve(partition.toString()) : future;
  }

  /** Whether a log is here, open or not, that is to take the place of one elsewhere. */
  boolean holdsFuture(TopicPartition partition) {
    return futures.contains(partition)
        && (open.containsKey(partition) || closed.containsKey(partition));
  }

  FutureNames futureNames() {
    return futures;
  }

  Remembered remembered(TopicPartition partition) {
    return closed.getOrDefault(partition, Remembered.NOTHING);
  }

  /**
   * A log is about to be made. If there was another one of its name here, nothing that the
   * checkpoints say of that may be taken for the new one's after a crash.
   */
  void onCreating(TopicPartition partition) {
    cleanerOffsets.remove(partition);
    gone.onCreating(
        partition,
        () -> {
          checkpointRecoveryPoints();
          checkpointLogStartOffsets();
        });
  }

  private void onGone(TopicPartition partition) {
    open.remove(partition);
    closed.remove(partition);
    gone.add(partition);
  }

  void onOpened(PartitionLog log) {
    PartitionLog before = open.putIfAbsent(log.topicPartition(), log);
    assert before == null : log.topicPartition() + " is open twice";
    closed.remove(log.topicPartition());
  }

  /** All is as it was before a log was to be opened. */
  void onNotOpened(PartitionLog log, Remembered before) {
    log.abandon();
    closed.put(log.topicPartition(), before);
    open.remove(log.topicPartition(), log);
  }

  void onClosed(PartitionLog log, boolean properly) {
    LogView last = log.view();
    closed.put(
        log.topicPartition(),
        new Remembered(
            properly,
            true,
            true,
            last.recoveryPoint(),
            last.logStartOffset(),
            last.highWatermark()));
    open.remove(log.topicPartition(), log);
    if (!properly) {
      failed = true;
    }
  }

  /**
   * Takes a log away: closes it and renames its directory, which {@link #deleteDue} then deletes.
   * The log's owner calls.
   */
  public void delete(PartitionLog log, long nowMs) {
    TopicPartition partition = log.topicPartition();
    log.abandon();
    onGone(partition);
    deleteClosed(partition, nowMs + log.config().fileDeleteDelayMs());
  }

  /**
   * As {@link #delete}, of a log that is not open.
   *
   * @param dueMs when its files are deleted
   */
  public void deleteClosed(TopicPartition partition, long dueMs) {
    deletions.add(takeAway(partition, DirectoryNames.DELETE_SUFFIX), dueMs);
  }

  private Path takeAway(TopicPartition partition, String kind) {
    Path from = partitionPath(partition);
    Path to = path.resolve(DirectoryNames.withSuffix(partition, fileSystem.newId(), kind));
    try {
      fileSystem.rename(from, to);
      fileSystem.forceDirectory(path);
      futures.remove(partition);
    } catch (IOException e) {
      throw LogException.storage("taking away " + from, e);
    }
    onGone(partition);
    cleanerOffsets.remove(partition);
    return to;
  }

  /**
   * Takes a log away whose place another one takes; nothing is forced. The owner calls.
   *
   * @param then the log's readers go on there
   * @param renamed run before this one is forgotten, so that one of the two is always known
   * @return what is left of it, to be deleted once the names here are forced
   * @throws LogException KAFKA_STORAGE_ERROR if the disk fails: then the log is as it was
   */
  Path replace(PartitionLog log, PartitionLog then, Runnable renamed) {
    TopicPartition partition = log.topicPartition();
    Path to =
        path.resolve(
            DirectoryNames.withSuffix(partition, fileSystem.newId(), DirectoryNames.DELETE_SUFFIX));
    log.handOver(then);
    try {
      fileSystem.rename(partitionPath(partition), to);
    } catch (IOException e) {
      log.publish(); // Nothing has come of it.
      throw LogException.storage("taking away " + partitionPath(partition), e);
    }
    renamed.run();
    log.abandon();
    onGone(partition);
    return to;
  }

  /** A log that is to take the place of another is under another object from now on. */
  void reopened(PartitionLog before, PartitionLog now) {
    boolean replaced = open.replace(now.topicPartition(), before, now);
    assert replaced : before + " is not open";
  }

  /**
   * Makes the log here, which is prepared, the partition's own: there is no other. Blocks.
   *
   * @throws LogException KAFKA_STORAGE_ERROR if the disk fails
   */
  public void promote(TopicPartition partition) {
    futures.finishPromotion(futures.promote(partition));
  }

  /**
   * Renames the directory of a partition whose log is not open, so that another log can take its
   * place: it belongs to a topic of the same name that is gone. Nothing deletes it.
   *
   * @return the new name
   * @throws LogException KAFKA_STORAGE_ERROR if the disk fails
   */
  public Path setAside(TopicPartition partition) {
    return takeAway(partition, DirectoryNames.STRAY_SUFFIX);
  }

  /** Up to where logs here were compacted. */
  public CleanerOffsets cleanerOffsets() {
    return cleanerOffsets;
  }

  PendingDeletions deletions() {
    return deletions;
  }

  /** Deletes what has waited long enough. Returns how many files and directories. */
  public int deleteDue(long nowMs) {
    return deletions.deleteDue(nowMs);
  }

  /** Writes up to where each log is on the disk. */
  public void checkpointRecoveryPoints() {
    write(recoveryPoints, LogView::recoveryPoint, Remembered::recoveryPoint, false);
  }

  /** Writes the high watermarks. */
  public void checkpointHighWatermarks() {
    write(highWatermarks, LogView::highWatermark, Remembered::highWatermark, false);
  }

  /**
   * Writes where logs start, of those that start behind their first segment's base. The high
   * watermarks go before: a log start above its high watermark is not believed.
   */
  public void checkpointLogStartOffsets() {
    checkpointHighWatermarks();
    write(logStarts, LogView::logStartOffset, Remembered::logStartOffset, true);
  }

  private void write(
      OffsetCheckpoint checkpoint,
      ToLongFunction<LogView> ofOpen,
      ToLongFunction<Remembered> ofClosed,
      boolean onlyIfSet) {
    synchronized (checkpoint) {
      Map<TopicPartition, Long> offsets = new HashMap<>();
      closed.forEach((partition, it) -> offsets.put(partition, ofClosed.applyAsLong(it)));
      open.forEach((partition, log) -> offsets.put(partition, ofOpen.applyAsLong(log.view())));
      if (onlyIfSet) {
        offsets.values().removeIf(offset -> offset == 0);
      }
      checkpoint.write(offsets);
    }
  }

  /**
   * Looks whether so much is free, and lets the logs refuse appends while it is not. Called now and
   * then by the broker. Returns whether appends are taken.
   */
  public boolean checkSpace(long reservedBytes) {
    try {
      full = fileSystem.usableBytes(path) < reservedBytes;
    } catch (IOException e) {
      LOG.warn("free space of {} is not known: {}", path, e.getMessage());
    }
    return !full;
  }

  /** Whether {@link #checkSpace} found no room when it looked last. Any thread. */
  public boolean isFull() {
    return full;
  }

  /**
   * Ends the use of the directory after all its logs were closed: writes the checkpoints, the mark
   * of a clean shutdown unless a log failed, and gives back the lock.
   *
   * @param brokerEpoch goes into the mark
   */
  public void closeCleanly(long brokerEpoch) {
    closeCleanly(brokerEpoch, -1);
  }

  /**
   * As {@link #closeCleanly(long)}, in a directory that was Kafka's.
   *
   * @param kafkaEpoch the epoch under which Kafka knows this broker, so that Kafka too sees a clean
   *     shutdown; -1 where there was no Kafka
   */
  public void closeCleanly(long brokerEpoch, long kafkaEpoch) {
    if (!open.isEmpty()) {
      throw new IllegalStateException("logs still open in " + path + ": " + open.keySet());
    }
    try {
      checkpointRecoveryPoints();
      checkpointHighWatermarks();
      checkpointLogStartOffsets();
      if (!failed) {
        new CleanShutdownMark(fileSystem, path).write(brokerEpoch, kafkaEpoch);
      }
    } catch (IOException e) {
      throw LogException.storage("closing log directory " + path, e);
    } finally {
      close();
    }
  }

  /** Gives back the lock and nothing else: as after a crash. */
  @Override
  public void close() {
    unlock(lock, path);
  }

  private static void unlock(AutoCloseable lock, Path path) {
    try {
      lock.close();
    } catch (Exception e) {
      LOG.warn("giving back the lock of {} failed", path, e);
    }
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
