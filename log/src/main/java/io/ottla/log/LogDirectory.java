package io.ottla.log;

import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
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
 * </pre>
 */
public final class LogDirectory implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(LogDirectory.class);

  private static final String LOCK = ".lock";
  private static final String RECOVERY_POINTS = "recovery-point-offset-checkpoint";
  private static final String HIGH_WATERMARKS = "replication-offset-checkpoint";
  private static final String LOG_STARTS = "log-start-offset-checkpoint";

  /**
   * What is known of a partition's log before it is opened.
   *
   * @param clean whether it was closed properly
   * @param checkpointed whether the recovery point was written down; else it is 0
   * @param pointKnown whether the recovery point can be relied on: false if all of them were lost
   * @param recoveryPoint below it, everything is on the disk
   * @param logStartOffset first offset that counts
   * @param highWatermark as last checkpointed
   */
  record Remembered(
      boolean clean,
      boolean checkpointed,
      boolean pointKnown,
      long recoveryPoint,
      long logStartOffset,
      long highWatermark) {}

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
    remember();
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

  private void remember() throws IOException {
    Map<TopicPartition, Long> points = recoveryPoints.read();
    boolean pointsKnown = points != null;
    points = Objects.requireNonNullElse(points, Map.of());
    Map<TopicPartition, Long> starts = Objects.requireNonNullElse(logStarts.read(), Map.of());
    Map<TopicPartition, Long> watermarks =
        Objects.requireNonNullElse(highWatermarks.read(), Map.of());
    for (String name : fileSystem.list(path)) {
      TopicPartition partition = DirectoryNames.partitionOf(name);
      if (partition != null) {
        closed.put(
            partition,
            new Remembered(
                clean,
                points.containsKey(partition),
                pointsKnown,
                points.getOrDefault(partition, 0L),
                starts.getOrDefault(partition, 0L),
                watermarks.getOrDefault(partition, 0L)));
      } else if (name.endsWith(DirectoryNames.DELETE_SUFFIX)
          && fileSystem.isDirectory(path.resolve(name))) {
        deletions.add(path.resolve(name), Long.MIN_VALUE);
      }
    }
    for (Map<TopicPartition, Long> known : List.of(points, starts, watermarks)) {
      gone.addAll(known.keySet(), closed.keySet());
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
    Map<TopicPartition, Uuid> found = new HashMap<>();
    for (TopicPartition partition : closed.keySet()) {
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

  /** The logs that are open here. */
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
    return path.resolve(partition.toString());
  }

  Remembered remembered(TopicPartition partition) {
    // Where nothing was, nothing can be unclean.
    return closed.getOrDefault(partition, new Remembered(false, false, true, 0L, 0L, 0L));
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
   *
   * @param id makes the new name unique
   */
  public void delete(PartitionLog log, UUID id, long nowMs) {
    TopicPartition partition = log.topicPartition();
    log.abandon();
    onGone(partition);
    Path to = path.resolve(DirectoryNames.withSuffix(partition, id, DirectoryNames.DELETE_SUFFIX));
    try {
      fileSystem.rename(partitionPath(partition), to);
      fileSystem.forceDirectory(path);
    } catch (IOException e) {
      throw LogException.storage("taking away " + partitionPath(partition), e);
    }
    deletions.add(to, nowMs + log.config().fileDeleteDelayMs());
    cleanerOffsets.remove(partition);
  }

  /**
   * Renames the directory of a partition whose log is not open, so that another log can take its
   * place: it belongs to a topic of the same name that is gone. Nothing deletes it.
   *
   * @param id makes the new name unique
   * @return the new name
   * @throws LogException KAFKA_STORAGE_ERROR if the disk fails
   */
  public Path setAside(TopicPartition partition, UUID id) {
    Path to = path.resolve(DirectoryNames.withSuffix(partition, id, DirectoryNames.STRAY_SUFFIX));
    try {
      fileSystem.rename(partitionPath(partition), to);
      fileSystem.forceDirectory(path);
    } catch (IOException e) {
      throw LogException.storage("setting aside " + partitionPath(partition), e);
    }
    onGone(partition);
    cleanerOffsets.remove(partition);
    return to;
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
   * Looks whether there is room, and lets the logs refuse appends while there is not. Called now
   * and then by the broker.
   *
   * @param reservedBytes what must stay free
   * @return whether appends are taken
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
