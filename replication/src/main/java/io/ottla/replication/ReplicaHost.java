package io.ottla.replication;

import io.ottla.log.LogException;
import io.ottla.metadata.image.ConfigResource;
import io.ottla.metadata.image.MetadataDelta;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.MetadataPublisher;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.metadata.image.TopicImage;
import io.ottla.runtime.Clock;
import io.ottla.runtime.Shard;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes this broker host what the metadata says it does: opens the logs of its partitions, lets
 * them lead or follow, gives them their settings, and takes them away when their topic is gone or
 * their replica is on other brokers.
 *
 * <p>Called on the publication's thread, before requests see the image; returns when the partitions
 * are as the image says, so that a topic a client can see is one it can write to. A log is deleted
 * only when a change says that this broker has it no more, never because the metadata lacks it.
 */
public final class ReplicaHost implements MetadataPublisher {

  private static final Logger LOG = LoggerFactory.getLogger(ReplicaHost.class);

  private final int nodeId;
  private final Partitions partitions;
  private final LogDirectories directories;
  private final ShardMap shards;
  private final TopicSettings.Source settings;
  private final Executor openers;
  private final Clock clock;
  private final ReplicaContext context;
  private final ReplicaOpener opener;
  private final ReplicaFetchers fetchers;
  private final ReplicationQuota leaderQuota;
  private final ReplicaMoves moves;
  private final PendingReports reports;
  private final ReplicaOutages outages;
  private MetadataImage newest = MetadataImage.empty("");
  private boolean first = true;
  private volatile boolean closed;

  /**
   * @param openers open and recover logs, several at a time; may block
   * @param publication runs what it is given on the thread that applies metadata, soon
   */
  public ReplicaHost(
      LocalNode node,
      Partitions partitions,
      LogDirectories directories,
      ShardMap shards,
      TopicSettings.Source settings,
      Executor openers,
      Executor publication,
      Clock clock,
      ReplicationConfig config,
      Peers peers) {
    this.nodeId = node.id();
    this.partitions = partitions;
    this.directories = directories;
    this.shards = shards;
    this.settings = settings;
    this.openers = openers;
    this.clock = clock;
    KnownBrokers brokers = new KnownBrokers();
    Shard isrShard = shards.all().get(0);
    this.context =
        new ReplicaContext(
            nodeId,
            node.session(),
            brokers,
            new IsrChanges(isrShard, nodeId, node.epoch(), peers.controller()),
            config.lagTimeMaxMs(),
            this::onLogFailure);
    this.opener = new ReplicaOpener(partitions, directories, shards, openers, clock, context);
    this.fetchers =
        new ReplicaFetchers(
            nodeId, node.epoch(), config, shards.all(), brokers, peers.leaders(), clock);
    this.moves =
        new ReplicaMoves(
            partitions,
            directories,
            clock,
            partition -> publication.execute(() -> onMoved(partition)));
    this.reports = new PendingReports(isrShard, node, peers.reports());
    this.outages =
        new ReplicaOutages(nodeId, partitions, directories, fetchers, moves, reports, openers);
    directories.whenChanged(() -> publication.execute(this::look));
    this.leaderQuota =
        new ReplicationQuota(clock, config.quotaWindows(), config.quotaWindowSeconds());
  }

  /**
   * The rate to which fetches of throttled replicas are held ({@link
   * TopicSettings#leaderThrottled}) while they are not in sync. Any thread.
   */
  public ReplicationQuota leaderQuota() {
    return leaderQuota;
  }

  /** The replicas on their way to other directories of this broker. Any thread. */
  public ReplicaMoves moves() {
    return moves;
  }

  @Override
  public void publish(MetadataImage image, List<MetadataDelta> deltas) {
    context.brokers().update(image);
    newest = image;
    Map<TopicPartition, Replica> changed = new LinkedHashMap<>();
    Map<String, TopicSettings> newSettings = new HashMap<>();
    boolean brokersChanged = false;
    for (MetadataDelta delta : deltas) {
      switch (delta) {
        case MetadataDelta.TopicCreated created ->
            noteAll(changed, created.topicId(), created.name(), 0, created.partitions());
        case MetadataDelta.PartitionsAdded added -> {
          TopicImage topic = image.topic(added.topicId());
          if (topic != null) {
            noteAll(
                changed, added.topicId(), topic.name(), added.firstPartition(), added.partitions());
          }
        }
        case MetadataDelta.PartitionsChanged moved -> {
          TopicImage topic = image.topic(moved.topicId());
          if (topic != null) {
            moved
                .changes()
                .forEach(
                    change ->
                        note(
                            changed,
                            moved.topicId(),
                            new TopicPartition(topic.name(), change.partition()),
                            change.state()));
          }
        }
        case MetadataDelta.TopicDeleted deleted -> {
          // What the same batch created before it was deleted never comes to be.
          changed.values().removeIf(replica -> replica.topicId.equals(deleted.topicId()));
          delete(deleted.topicId(), deleted.name());
        }
        case MetadataDelta.ConfigChanged config ->
            noteSettings(image, config.resource(), newSettings);
        case MetadataDelta.BrokerRegistered _, MetadataDelta.BrokerUnregistered _ ->
            brokersChanged = true;
        default -> {}
      }
    }
    release(changed);
    host(image, changed);
    if (brokersChanged) {
      follow(fetchers, fetchers.onBrokersChanged());
    }
    reconfigure(newSettings);
    if (first) {
      first = false;
      takeRates(image);
      tellUnknown();
      moves.resume();
      if (directories.isInTrouble()) {
        outages.look(image); // What they found out while nobody listened.
      }
      shards.all().forEach(this::keepInSync);
    }
    outages.report();
  }

  private void noteAll(
      Map<TopicPartition, Replica> changed,
      Uuid topicId,
      String topic,
      int firstPartition,
      List<PartitionImage> states) {
    for (int i = 0; i < states.size(); i++) {
      note(changed, topicId, new TopicPartition(topic, firstPartition + i), states.get(i));
    }
  }

  /** Of several states of a partition, the last one counts. */
  private void note(
      Map<TopicPartition, Replica> changed,
      Uuid topicId,
      TopicPartition key,
      PartitionImage state) {
    boolean mine = state.replicas().contains(nodeId);
    if (mine || partitions.get(topicId, key.partition()) != null) {
      changed.put(key, new Replica(key, topicId, state, mine));
    } else {
      changed.remove(key);
      if (outages.onGone(topicId, key)) {
        LOG.info("{}, which was offline, was moved to other brokers", key);
      }
    }
  }

  /** Takes away what is on other brokers now. */
  private void release(Map<TopicPartition, Replica> changed) {
    List<Partition> released = new ArrayList<>();
    changed
        .values()
        .removeIf(
            replica -> {
              if (!replica.mine) {
                released.add(partitions.get(replica.topicId, replica.key.partition()));
              }
              return !replica.mine;
            });
    if (!released.isEmpty()) {
      LOG.info("{} replicas were moved to other brokers: {}", released.size(), names(released));
      takeAway(released);
    }
  }

  private static List<TopicPartition> names(Collection<Partition> some) {
    return some.stream().limit(10).map(Partition::topicPartition).toList();
  }

  private void takeAway(Collection<Partition> gone) {
    fetchers.leave(gone);
    gone.forEach(partitions::remove);
    moves.drop(gone);
    ShardBatches<Partition> closing = new ShardBatches<>();
    for (Partition partition : gone) {
      outages.onGone(partition.topicId(), partition.topicPartition());
      closing.add(partition.shard(), partition);
    }
    closing.run(Partition::close).join();
    for (Partition partition : gone) {
      LogDirectories.Place place = directories.placeOf(partition.topicPartition());
      directories.forget(partition.topicPartition());
      directories.all().forEach(it -> directories.deleteFuture(it, partition.topicPartition()));
      try {
        place.directory().delete(partition.log(), clock.wallMs());
      } catch (LogException e) {
        LOG.error(
            "The log of {} is not needed any more, but could not be taken away: {}",
            partition.topicPartition(),
            e.getMessage());
      }
    }
  }

  private void delete(Uuid topicId, String name) {
    takeAway(List.copyOf(partitions.of(topicId)));
    outages.onTopicGone(topicId, name);
    LOG.info("Topic {} ({}) is deleted", name, topicId);
  }

  /** Opens what is not open yet, several at a time, then tells all of them what they are. */
  private void host(MetadataImage image, Map<TopicPartition, Replica> wanted) {
    if (wanted.isEmpty()) {
      return;
    }
    Map<String, TopicSettings> byTopic = new HashMap<>();
    for (Replica replica : wanted.values()) {
      if (partitions.get(replica.topicId, replica.key.partition()) == null
          && !outages.keepsOffline(replica.topicId, replica.key, !first)) {
        opener.begin(
            replica.key,
            replica.topicId,
            byTopic.computeIfAbsent(replica.key.topic(), name -> settings.of(image, name)),
            replica.state.leaderEpoch());
      }
    }
    opener.end();

    Map<Partition, FetchPosition> positions = new ConcurrentHashMap<>();
    List<Partition> leading = new ArrayList<>();
    List<Partition> newlyLed = new ArrayList<>();
    ShardBatches<Replica> told = new ShardBatches<>();
    for (Replica replica : wanted.values()) {
      Partition partition = partitions.get(replica.topicId, replica.key.partition());
      if (partition != null) {
        if (replica.state.leader() == nodeId) {
          leading.add(partition);
          if (partition.leaderEpoch() != replica.state.leaderEpoch()) {
            newlyLed.add(partition);
          }
        }
        told.add(partition.shard(), replica);
      }
      outages.onState(replica.topicId, replica.key, replica.state);
    }
    if (!newlyLed.isEmpty()) {
      LOG.info("Leads {} partitions in new epochs: {}", newlyLed.size(), names(newlyLed));
    }
    fetchers.leave(leading);
    told.run(
            replica -> {
              Partition partition = partitions.get(replica.topicId, replica.key.partition());
              partition.fenceSelf(partitions.isSelfFenced());
              partition.become(replica.state);
              if (partition.role().isFollower()) {
                positions.put(partition, partition.follower().position());
              }
            })
        .join();
    fetchers.follow(positions);
  }

  /** Has partitions followed from where their logs end. */
  static void follow(ReplicaFetchers fetchers, Collection<Partition> again) {
    Map<Partition, FetchPosition> positions = new ConcurrentHashMap<>();
    ShardBatches<Partition> asked = new ShardBatches<>();
    again.forEach(partition -> asked.add(partition.shard(), partition));
    asked.run(partition -> positions.put(partition, partition.follower().position())).join();
    fetchers.follow(positions);
  }

  private void noteSettings(
      MetadataImage image, ConfigResource resource, Map<String, TopicSettings> changed) {
    switch (resource.type()) {
      case TOPIC -> {
        if (image.topic(resource.name()) != null) {
          changed.put(resource.name(), settings.of(image, resource.name()));
        }
      }
      case BROKER -> {
        takeRates(image);
        image
            .topics()
            .forEach(topic -> changed.put(topic.name(), settings.of(image, topic.name())));
      }
      default -> {}
    }
  }

  private void takeRates(MetadataImage image) {
    ThrottleRates rates = settings.rates(image);
    leaderQuota.setRate(rates.leader());
    fetchers.quota().setRate(rates.follower());
  }

  private void reconfigure(Map<String, TopicSettings> changed) {
    if (changed.isEmpty()) {
      return;
    }
    ShardBatches<Partition> told = new ShardBatches<>();
    for (Partition partition : partitions.all()) {
      if (changed.containsKey(partition.topicPartition().topic())) {
        told.add(partition.shard(), partition);
      }
    }
    var _ =
        told.run(
            partition -> partition.reconfigure(changed.get(partition.topicPartition().topic())));
  }

  /** Looks now and then, on each shard, whether followers are behind for too long. */
  private void keepInSync(Shard shard) {
    shard.submit(() -> scheduleCheck(shard));
  }

  private void scheduleCheck(Shard shard) {
    var _ =
        shard.schedule(
            Math.max(1, context.lagMaxMs() / 2),
            () -> {
              if (!closed) {
                scheduleCheck(shard);
                for (Partition partition : partitions.all()) {
                  if (partition.shard() == shard) {
                    partition.checkInSync();
                  }
                }
              }
            });
  }

  private void onLogFailure(Partition partition, LogException cause) {
    outages.onRefused(partition, cause);
  }

  /** Runs on the thread that applies metadata. */
  private void onMoved(Partition partition) {
    if (!closed) {
      outages.onMoved(partition, newest);
    }
  }

  /** Hosts what there was no room or no file handle for. */
  private void openWaiting() {
    Map<TopicPartition, Replica> wanted = new LinkedHashMap<>();
    for (ReplicaOpener.Waiting one : opener.takeThoseWithRoom()) {
      PartitionImage state = newest.partition(one.topicId(), one.key().partition());
      if (state != null && state.replicas().contains(nodeId)) {
        wanted.put(one.key(), new Replica(one.key(), one.topicId(), state, true));
      }
    }
    if (!wanted.isEmpty()) {
      host(newest, wanted);
      outages.report();
    }
  }

  /** Runs on the thread that applies metadata. */
  private void look() {
    if (!closed) {
      outages.look(newest);
      openWaiting();
    }
  }

  /**
   * Completed when the controller knows which replicas do not serve because of their log
   * directories. Any thread.
   */
  public CompletableFuture<Void> reported() {
    return reports.settled();
  }

  /**
   * How long the controller has not acknowledged which replicas do not serve; 0 if it knows. Any
   * thread.
   */
  public long unreportedMs() {
    return reports.unacknowledgedMs();
  }

  /**
   * Logs nobody asked for are left alone: metadata that lacks a topic is no reason to delete it.
   */
  private void tellUnknown() {
    List<TopicPartition> unknown = directories.unopened();
    unknown.removeIf(
        partition ->
            partitions.whyMissing(partition.topic(), partition.partition())
                == ErrorCode.KAFKA_STORAGE_ERROR);
    if (!unknown.isEmpty()) {
      LOG.warn(
          "{} partition directories belong to no topic of this cluster, or to replicas that are on"
              + " other brokers now, and are left as they are: {}",
          unknown.size(),
          unknown.subList(0, Math.min(10, unknown.size())));
    }
  }

  /** Closes all logs properly. Blocks; after requests have stopped. */
  public void close() {
    closed = true;
    fetchers.close();
    moves.close();
    ShardBatches<Partition> closing = new ShardBatches<>();
    List<Partition> all = List.copyOf(partitions.all());
    for (Partition partition : all) {
      partitions.remove(partition);
      closing.add(partition.shard(), partition);
    }
    closing.run(Partition::close).join();
    List<CompletableFuture<Void>> logs = new ArrayList<>();
    for (Partition partition : all) {
      logs.add(CompletableFuture.runAsync(() -> partition.log().close(), openers));
    }
    logs.forEach(CompletableFuture::join);
  }

  private record Replica(TopicPartition key, Uuid topicId, PartitionImage state, boolean mine) {

    @Override
    public String toString() {
      return key.toString();
    }
  }
}
