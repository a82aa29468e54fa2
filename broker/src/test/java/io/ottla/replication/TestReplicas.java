package io.ottla.replication;

import io.netty.buffer.ByteBuf;
import io.ottla.log.AppendOrigin;
import io.ottla.log.DiskFileSystem;
import io.ottla.log.LogConfig;
import io.ottla.log.LogDirectory;
import io.ottla.log.LogFileSystem;
import io.ottla.log.LogFlusher;
import io.ottla.log.LogView;
import io.ottla.log.PartitionLog;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.NodeIds;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.runtime.Clock;
import io.ottla.runtime.ManualShard;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import io.ottla.wire.record.BatchRules;
import io.ottla.wire.record.DecompressionLimits;
import io.ottla.wire.record.TimestampType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** A led topic on a real directory, without metadata. */
public final class TestReplicas {

  public static final String TOPIC = "orders";
  public static final Uuid TOPIC_ID = new Uuid(4, 2);

  private static final int SELF = 1;
  private static final BatchRules RULES =
      new BatchRules(
          1_000_000,
          TimestampType.CREATE_TIME,
          Long.MAX_VALUE,
          Long.MAX_VALUE,
          false,
          null,
          DecompressionLimits.ofBatch(1 << 20),
          6,
          9,
          3);

  private boolean hasSession = true;
  private final Partitions partitions = new Partitions();
  private final KnownBrokers brokers = new KnownBrokers();
  private final LogDirectory directory;
  private final List<LogDirectory> others = new ArrayList<>();
  private final Clock clock;
  private LogDirectories directories;
  private ReplicaMoves moves;
  private Executor forcing = Runnable::run;

  public TestReplicas(Path path, ManualShard shard, Clock clock, int count) {
    this(DiskFileSystem.INSTANCE, path, LogConfig.defaults(), shard, clock, count);
  }

  public TestReplicas(
      LogFileSystem fileSystem,
      Path path,
      LogConfig config,
      ManualShard shard,
      Clock clock,
      int count) {
    this.clock = clock;
    directory = LogDirectory.open(fileSystem, path);
    LogFlusher flusher = new LogFlusher(task -> forcing.execute(task), clock::wallMs);
    ReplicaContext alone =
        new ReplicaContext(
            SELF,
            () -> hasSession,
            brokers,
            new IsrChanges(shard, SELF, () -> 1, _ -> new CompletableFuture<>()),
            30_000,
            (_, _) -> {});
    TopicSettings settings =
        new TopicSettings(config, RULES, 1, ThrottledReplicas.NONE, ThrottledReplicas.NONE);
    for (int i = 0; i < count; i++) {
      TopicPartition key = new TopicPartition(TOPIC, i);
      PartitionLog log = PartitionLog.open(directory, key, TOPIC_ID, config, clock.wallMs());
      Partition partition = new Partition(key, TOPIC_ID, shard, log, flusher, settings, alone);
      partitions.add(partition);
      partition.become(PartitionImage.created(NodeIds.of(SELF), NodeIds.of(SELF)));
    }
    int unused = shard.turn();
  }

  /** Whether the broker's session has not run out; it has not, to begin with. */
  public void hasSession(boolean value) {
    hasSession = value;
  }

  /** The cluster's brokers, as the partitions know them. */
  public void know(MetadataImage image) {
    brokers.update(image);
  }

  /** Gives a partition a state as the metadata would. */
  public void become(int partition, int leader, int leaderEpoch, NodeIds replicas, NodeIds isr) {
    PartitionImage created = PartitionImage.created(replicas, isr);
    partitions
        .get(TOPIC_ID, partition)
        .become(
            new PartitionImage(
                replicas,
                isr,
                NodeIds.EMPTY,
                NodeIds.EMPTY,
                NodeIds.EMPTY,
                NodeIds.EMPTY,
                leader,
                created.recovery(),
                leaderEpoch,
                leaderEpoch));
  }

  /**
   * Sets {@code flush.messages} of a partition's topic to 1.
   *
   * @param executor does what has to be forced from now on
   */
  public void forceEachAppend(int partition, Executor executor) {
    forcing = executor;
    TopicSettings now = partitions.get(TOPIC_ID, partition).settings();
    partitions
        .get(TOPIC_ID, partition)
        .reconfigure(
            new TopicSettings(
                now.log().withFlush(1, Long.MAX_VALUE),
                now.rules(),
                now.minInsyncReplicas(),
                now.leaderThrottled(),
                now.followerThrottled()));
  }

  /** Lists the replicas that are held to a rate as leaders. */
  public void throttle(int partition, List<String> replicas) {
    TopicSettings now = partitions.get(TOPIC_ID, partition).settings();
    partitions
        .get(TOPIC_ID, partition)
        .reconfigure(
            new TopicSettings(
                now.log(),
                now.rules(),
                now.minInsyncReplicas(),
                ThrottledReplicas.parse(replicas),
                ThrottledReplicas.NONE));
  }

  /** Sets {@code min.insync.replicas} of a partition's topic. */
  public void requireInSync(int partition, int minInsyncReplicas) {
    TopicSettings now = partitions.get(TOPIC_ID, partition).settings();
    partitions
        .get(TOPIC_ID, partition)
        .reconfigure(
            new TopicSettings(
                now.log(),
                now.rules(),
                minInsyncReplicas,
                now.leaderThrottled(),
                now.followerThrottled()));
  }

  /** A quota of a rate. */
  public static ReplicationQuota quota(Clock clock, long bytesPerSecond) {
    ReplicationQuota quota = new ReplicationQuota(clock, 11, 1);
    quota.setRate(bytesPerSecond);
    return quota;
  }

  /** Adds an empty directory; before anybody asks for them. */
  public void addDirectory(Path path) {
    others.add(LogDirectory.open(DiskFileSystem.INSTANCE, path));
  }

  /** The one directory they are in, and those that were added. */
  public LogDirectories directories() {
    if (directories == null) {
      List<LogDirectories.Place> places = new ArrayList<>();
      places.add(place(directory, 1000));
      others.forEach(other -> places.add(place(other, 1000 + places.size())));
      directories = new LogDirectories(places, List.of(), 0);
      moves = new ReplicaMoves(partitions, directories, clock, _ -> {});
    }
    return directories;
  }

  private static LogDirectories.Place place(LogDirectory directory, int id) {
    return new LogDirectories.Place(
        directory, new LogFlusher(Runnable::run, () -> 0), new Uuid(1, id));
  }

  /** Moves between the directories. */
  public ReplicaMoves moves() {
    var _ = directories();
    return moves;
  }

  public Partitions partitions() {
    return partitions;
  }

  public LogView view(int partition) {
    return partitions.get(TOPIC_ID, partition).view();
  }

  /** Appends behind the back of the pipeline; what waits for it is woken at the shard's turn. */
  public void append(int partition, ByteBuf batch) {
    var unused = partitions.get(TOPIC_ID, partition).append(batch, AppendOrigin.CLIENT, (short) 1);
  }

  public void close() {
    moves().close();
    for (Partition partition : partitions.all()) {
      partition.close();
      partition.log().close();
    }
    directory.close();
    others.forEach(LogDirectory::close);
  }
}
