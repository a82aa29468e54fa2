package io.ottla.simulation;

import io.ottla.metadata.controller.FeatureCatalog;
import io.ottla.metadata.image.BrokerImage;
import io.ottla.metadata.image.ConfigResource;
import io.ottla.metadata.image.LeaderRecoveryState;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.NodeIds;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.metadata.image.TopicImage;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * What has to be so of every image of the metadata that any node has, and from one to the next. Of
 * the images at one offset, the first is looked at and the others have to have its hash. Throws an
 * {@link AssertionError} where something is not so. Used on the timeline's thread.
 */
public final class MetadataInvariants {

  /** So many of the newest images are kept, to be compared with those that come between them. */
  private static final int KEPT = 64;

  private static final String MIN_INSYNC_REPLICAS = "min.insync.replicas";

  private record Reign(Uuid topicId, int partition, int leaderEpoch) {}

  private final int minInsyncReplicas;
  private final UncleanElections unclean;
  private final Map<Integer, Long> offsets = new HashMap<>();
  private final Map<Long, Long> hashes = new HashMap<>();
  private final TreeMap<Long, MetadataImage> newest = new TreeMap<>();
  private final Map<Reign, Integer> leaders = new HashMap<>();

  /** Who led in an epoch, or before it when nobody does. */
  private final Map<Reign, Integer> lastLeaders = new HashMap<>();

  private AssertionError violation;

  /**
   * @param minInsyncReplicas of topics when nothing in the metadata says, the same for all nodes
   */
  public MetadataInvariants(int minInsyncReplicas) {
    this(minInsyncReplicas, null);
  }

  /**
   * @param unclean told of leaders who may lack what was committed; null when nobody wants to know
   */
  MetadataInvariants(int minInsyncReplicas, UncleanElections unclean) {
    this.unclean = unclean;
    this.minInsyncReplicas = minInsyncReplicas;
  }

  /** What was not so first, should somebody have caught it; null for nothing. */
  public AssertionError violation() {
    return violation;
  }

  /** A node's process begins, and its metadata anew with it. */
  public void begins(int node) {
    offsets.remove(node);
  }

  /** A node has an image now. */
  public void check(int node, MetadataImage image) {
    Long last = offsets.put(node, image.offset());
    check(
        last == null || image.offset() >= last,
        "node %s goes back from offset %s to %s",
        node,
        last,
        image.offset());
    Long hash = hashes.putIfAbsent(image.offset(), image.hash());
    if (hash != null) {
      check(
          hash == image.hash(),
          "node %s has another image at offset %s: %x, not %x",
          node,
          image.offset(),
          image.hash(),
          hash);
      return;
    }
    Map.Entry<Long, MetadataImage> before = newest.lowerEntry(image.offset());
    Map.Entry<Long, MetadataImage> after = newest.higherEntry(image.offset());
    look(image, before == null ? null : before.getValue());
    if (after != null) {
      steps(image, after.getValue());
    }
    newest.put(image.offset(), image);
    if (newest.size() > KEPT) {
      newest.pollFirstEntry();
    }
  }

  private void look(MetadataImage image, MetadataImage before) {
    boolean asBefore =
        before != null
            && before.brokers().equals(image.brokers())
            && before.features().equals(image.features());
    for (BrokerImage broker : image.brokers().values()) {
      check(broker.epoch() <= image.offset(), "%s is not registered yet", broker);
    }
    for (TopicImage topic : image.topics()) {
      if (!asBefore || !topic.equals(before.topic(topic.id()))) {
        states(image, topic);
      }
    }
    if (before != null) {
      steps(before, image);
    }
  }

  private void states(MetadataImage image, TopicImage topic) {
    boolean eligibleLeaders = FeatureCatalog.hasEligibleLeaders(image);
    int enough = minInsyncReplicas(image, topic.name());
    for (int i = 0; i < topic.partitionCount(); i++) {
      PartitionImage now = topic.partition(i);
      sets(topic, i, now);
      if (now.hasLeader()) {
        check(
            now.isr().contains(now.leader()), "the leader of %s-%s is in sync: %s", topic, i, now);
        check(image.isActive(now.leader()), "the leader of %s-%s is active: %s", topic, i, now);
      }
      if (now.hasLeader() || eligibleLeaders) {
        check(
            now.isr().within(now.lost()).isEmpty(),
            "no replica of %s-%s is in sync and lost: %s",
            topic,
            i,
            now);
      }
      if (eligibleLeaders) {
        for (int id : now.isr().asList()) {
          check(image.isActive(id), "%s, in sync in %s-%s, is active: %s", id, topic, i, now);
        }
        check(
            now.hasLeader() || now.isr().isEmpty(),
            "somebody leads %s-%s, whose replicas are in sync: %s",
            topic,
            i,
            now);
        check(
            now.isr().size() < Math.min(enough, now.replicas().size()) || now.elr().isEmpty(),
            "nobody need be eligible in %s-%s: %s",
            topic,
            i,
            now);
      } else {
        check(!now.isr().isEmpty(), "somebody is in sync in %s-%s: %s", topic, i, now);
      }
      Integer other =
          leaders.putIfAbsent(new Reign(topic.id(), i, now.leaderEpoch()), now.leader());
      if (now.hasLeader() || now.lastKnownElr().size() == 1) {
        lastLeaders.put(
            new Reign(topic.id(), i, now.leaderEpoch()),
            now.hasLeader() ? now.leader() : now.lastKnownElr().at(0));
      }
      if (unclean != null && now.hasLeader() && other == null && isUnclean(topic, i, now)) {
        check(
            unclean.happened(topic.id(), new TopicPartition(topic.name(), i), now.leaderEpoch()),
            "%s-%s has a leader who may lack something, which nobody wanted: %s",
            topic,
            i,
            now);
      }
      check(
          other == null || other == now.leader(),
          "%s-%s has one leader in an epoch, and not %s too: %s",
          topic,
          i,
          other,
          now);
    }
  }

  /**
   * Whoever led last has everything; others may lack something when they were not in sync. Of one
   * whose predecessor nobody has seen it is not known: then it counts where it may be so.
   */
  private boolean isUnclean(TopicImage topic, int partition, PartitionImage now) {
    if (now.recovery() == LeaderRecoveryState.RECOVERED) {
      return false;
    }
    Integer before = lastLeaders.get(new Reign(topic.id(), partition, now.leaderEpoch() - 1));
    return before == null ? unclean.isAllowed(topic.name()) : before != now.leader();
  }

  private void sets(TopicImage topic, int i, PartitionImage now) {
    NodeIds replicas = now.replicas();
    check(!replicas.isEmpty() && replicas.isDistinct(), "replicas of %s-%s: %s", topic, i, now);
    check(
        replicas.containsAll(now.isr()) && now.isr().isDistinct(),
        "those in sync are replicas of %s-%s: %s",
        topic,
        i,
        now);
    check(
        replicas.containsAll(now.elr()) && now.elr().isDistinct(),
        "those eligible are replicas of %s-%s: %s",
        topic,
        i,
        now);
    check(
        now.isr().within(now.elr()).isEmpty(),
        "none in sync is eligible besides in %s-%s: %s",
        topic,
        i,
        now);
    check(
        replicas.containsAll(now.addingReplicas())
            && replicas.containsAll(now.removingReplicas())
            && now.addingReplicas().within(now.removingReplicas()).isEmpty(),
        "those that come and go are replicas of %s-%s: %s",
        topic,
        i,
        now);
    check(
        replicas.containsAll(now.lost()) && now.lost().isDistinct(),
        "those lost are replicas of %s-%s: %s",
        topic,
        i,
        now);
  }

  private int minInsyncReplicas(MetadataImage image, String topic) {
    String own = image.configs(ConfigResource.topic(topic)).get(MIN_INSYNC_REPLICAS);
    String cluster = image.configs(ConfigResource.defaultBroker()).get(MIN_INSYNC_REPLICAS);
    String set = own != null ? own : cluster;
    return set == null ? minInsyncReplicas : Integer.parseInt(set.trim());
  }

  private void steps(MetadataImage before, MetadataImage now) {
    check(
        now.nextProducerId() >= before.nextProducerId(),
        "producer ids go on from %s, not %s",
        before.nextProducerId(),
        now.nextProducerId());
    for (BrokerImage broker : now.brokers().values()) {
      BrokerImage was = before.broker(broker.id());
      if (was != null && was.epoch() != broker.epoch()) {
        check(broker.epoch() > before.offset(), "%s is registered again after %s", broker, was);
      }
    }
    for (TopicImage topic : now.topics()) {
      TopicImage was = before.topic(topic.id());
      if (was != null && !was.equals(topic)) {
        check(
            was.partitionCount() <= topic.partitionCount(),
            "%s has %s partitions after %s",
            topic,
            topic.partitionCount(),
            was.partitionCount());
        for (int i = 0; i < was.partitionCount(); i++) {
          step(topic, i, was.partition(i), topic.partition(i));
        }
      }
    }
  }

  private void step(TopicImage topic, int i, PartitionImage before, PartitionImage now) {
    if (Objects.equals(before, now)) {
      return;
    }
    int changes = now.partitionEpoch() - before.partitionEpoch();
    int elections = now.leaderEpoch() - before.leaderEpoch();
    check(changes > 0, "%s-%s changes in a new epoch: %s to %s", topic, i, before, now);
    check(
        elections >= (now.leader() == before.leader() ? 0 : 1) && elections <= changes,
        "%s-%s has a new leader in a new epoch: %s to %s",
        topic,
        i,
        before,
        now);
    if (changes == 1
        && now.hasLeader()
        && now.leader() != before.leader()
        && now.recovery() == LeaderRecoveryState.RECOVERED) {
      // A move may end in the change that takes the last new replica in sync.
      boolean moved =
          !now.replicas().contains(before.leader())
              && !(before.addingReplicas().isEmpty() && before.removingReplicas().isEmpty());
      check(
          moved || before.isr().contains(now.leader()) || before.elr().contains(now.leader()),
          "the leader of %s-%s was in sync or eligible: %s to %s",
          topic,
          i,
          before,
          now);
    }
  }

  private void check(boolean holds, String message, Object... of) {
    if (!holds) {
      AssertionError error = new AssertionError("metadata: " + String.format(message, of));
      if (violation == null) {
        violation = error;
      }
      throw error;
    }
  }
}
