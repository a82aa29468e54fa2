package io.ottla.broker.lag;

import io.ottla.coordinator.group.CommittedOffsets;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.TopicImage;
import io.ottla.runtime.Clock;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * Puts together what groups have committed and where partitions end, when somebody asks. As long as
 * somebody has asked lately, {@link #tick} has the leaders elsewhere asked; otherwise it costs
 * nothing. Any thread.
 */
public final class LagTracker implements ConsumerLags {

  /** After the last question other brokers are asked for so long, for the next one to find. */
  static final long WANTED_FOR_MS = 120_000;

  private static final Comparator<PartitionLag> BY_PARTITION =
      Comparator.comparing(PartitionLag::topic).thenComparingInt(PartitionLag::partition);

  private final Supplier<List<CommittedOffsets>> committed;
  private final Supplier<MetadataImage> image;
  private final LocalEnds localEnds;
  private final RemoteEnds remoteEnds;
  private final Executor executor;
  private final Clock clock;

  private final AtomicBoolean isAsking = new AtomicBoolean();
  private volatile boolean isWanted;
  private volatile long wantedNs;

  /**
   * @param committed what the groups coordinated here have committed
   * @param executor collects what is to be asked for, when it is wanted for the first time
   */
  public LagTracker(
      Supplier<List<CommittedOffsets>> committed,
      Supplier<MetadataImage> image,
      LocalEnds localEnds,
      RemoteEnds remoteEnds,
      Executor executor,
      Clock clock) {
    this.committed = committed;
    this.image = image;
    this.localEnds = localEnds;
    this.remoteEnds = remoteEnds;
    this.executor = executor;
    this.clock = clock;
  }

  @Override
  public GroupLag of(String groupId) {
    want();
    Lags lags = new Lags();
    committed.get().forEach(offsets -> offsets.forEach(groupId, lags));
    return lags.group(groupId, lags.byGroup.getOrDefault(groupId, List.of()));
  }

  @Override
  public List<GroupLag> all() {
    want();
    Lags lags = new Lags();
    committed.get().forEach(offsets -> offsets.forEach(lags));
    List<GroupLag> groups = new ArrayList<>(lags.byGroup.size());
    lags.byGroup.forEach((groupId, partitions) -> groups.add(lags.group(groupId, partitions)));
    return groups;
  }

  /** Somebody wants to know. The first one finds what is here, and has the others asked. */
  private void want() {
    wantedNs = clock.nowNs();
    if (!isWanted) {
      isWanted = true;
      try {
        executor.execute(this::ask);
      } catch (RejectedExecutionException e) {
        // The broker is stopping.
        isWanted = false;
      }
    }
  }

  /** To be called now and then: the interval is how old the ends elsewhere may get. */
  public void tick() {
    if (!isWanted) {
      return;
    }
    if (clock.nowNs() - wantedNs > TimeUnit.MILLISECONDS.toNanos(WANTED_FOR_MS)) {
      isWanted = false;
      remoteEnds.forget();
      return;
    }
    ask();
  }

  private void ask() {
    if (!isAsking.compareAndSet(false, true)) {
      return;
    }
    try {
      MetadataImage now = image.get();
      Set<TopicPartition> elsewhere = new HashSet<>();
      for (CommittedOffsets offsets : committed.get()) {
        offsets.forEach(
            (groupId, topic, topicId, partition, offset) -> {
              TopicImage known = now.topic(topic);
              if (known != null && localEnds.find(known.id(), partition) == null) {
                elsewhere.add(new TopicPartition(topic, partition));
              }
            });
      }
      var _ = remoteEnds.ask(elsewhere, now);
    } finally {
      isAsking.set(false);
    }
  }

  /** Collects lags, all seen in the same metadata. */
  private final class Lags implements CommittedOffsets.Visitor {

    private final MetadataImage now = image.get();
    private final Map<String, List<PartitionLag>> byGroup = new TreeMap<>();

    @Override
    public void visit(String groupId, String topic, Uuid topicId, int partition, long offset) {
      byGroup
          .computeIfAbsent(groupId, id -> new ArrayList<>())
          .add(lag(topic, topicId, partition, offset));
    }

    private PartitionLag lag(String name, Uuid committedId, int partition, long offset) {
      TopicImage topic = now.topic(name);
      boolean isGone =
          topic == null
              || topic.partition(partition) == null
              || !(committedId.equals(Uuid.ZERO) || committedId.equals(topic.id()));
      if (isGone) {
        return PartitionLag.unknown(name, partition, LagState.TOPIC_GONE, offset);
      }
      PartitionEnd local = localEnds.find(topic.id(), partition);
      if (local != null) {
        return PartitionLag.known(name, partition, offset, local, 0);
      }
      PartitionEnd remote = remoteEnds.find(topic.id(), new TopicPartition(name, partition));
      if (remote == null) {
        return PartitionLag.unknown(name, partition, LagState.END_UNKNOWN, offset);
      }
      long ageMs = TimeUnit.NANOSECONDS.toMillis(clock.nowNs() - remote.measuredNs());
      return PartitionLag.known(name, partition, offset, remote, Math.max(0, ageMs));
    }

    private GroupLag group(String groupId, List<PartitionLag> partitions) {
      return GroupLag.of(groupId, partitions.stream().sorted(BY_PARTITION).toList());
    }
  }
}
