package io.ottla.metadata.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.metadata.image.ConfigResource;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.NodeIds;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.metadata.image.TopicImage;
import io.ottla.wire.Uuid;
import java.util.HashMap;
import java.util.Map;

/** What has to be so of every partition at any time, and from one time to the next. */
final class ClusterInvariants {

  private record Id(Uuid topicId, int partition) {}

  private record Reign(Uuid topicId, int partition, int leaderEpoch) {}

  private final Map<Id, PartitionImage> last = new HashMap<>();
  private final Map<Reign, Integer> leaders = new HashMap<>();

  void check(MetadataImage image) {
    boolean eligibleLeaders = FeatureCatalog.hasEligibleLeaders(image);
    for (TopicImage topic : image.topics()) {
      for (int i = 0; i < topic.partitionCount(); i++) {
        PartitionImage now = topic.partition(i);
        PartitionImage before = last.put(new Id(topic.id(), i), now);
        state(image, topic, now, eligibleLeaders);
        if (before != null) {
          step(before, now);
        }
        Integer other =
            leaders.putIfAbsent(new Reign(topic.id(), i, now.leaderEpoch()), now.leader());
        assertThat(other == null || other == now.leader())
            .as("one leader in the epoch of %s; another was %s", now, other)
            .isTrue();
      }
    }
  }

  private static void state(
      MetadataImage image, TopicImage topic, PartitionImage now, boolean eligibleLeaders) {
    assertThat(now.replicas().isDistinct()).as("%s", now).isTrue();
    for (NodeIds part :
        new NodeIds[] {now.isr(), now.elr(), now.addingReplicas(), now.removingReplicas()}) {
      assertThat(now.replicas().containsAll(part)).as("replicas of %s", now).isTrue();
      assertThat(part.isDistinct()).as("%s", now).isTrue();
    }
    assertThat(now.isr().within(now.elr()).isEmpty()).as("in sync or eligible: %s", now).isTrue();
    assertThat(now.addingReplicas().within(now.removingReplicas()).isEmpty())
        .as("%s", now)
        .isTrue();
    assertThat(now.replicas().containsAll(now.lost())).as("lost replicas of %s", now).isTrue();
    assertThat(now.lost().isDistinct()).as("%s", now).isTrue();
    if (now.hasLeader() || eligibleLeaders) {
      assertThat(now.isr().within(now.lost()).isEmpty()).as("in sync and lost: %s", now).isTrue();
    }
    if (now.hasLeader()) {
      assertThat(now.isr().contains(now.leader())).as("leader in sync: %s", now).isTrue();
      assertThat(image.isActive(now.leader())).as("active leader of %s", now).isTrue();
      assertThat(now.lastKnownElr().isEmpty()).as("%s", now).isTrue();
    }
    if (eligibleLeaders) {
      for (int id : now.isr().asList()) {
        assertThat(image.isActive(id)).as("active in-sync replica %s of %s", id, now).isTrue();
      }
      assertThat(now.hasLeader() || now.isr().isEmpty()).as("somebody leads %s", now).isTrue();
      if (now.isr().size() >= Math.min(minInsyncReplicas(image, topic), now.replicas().size())) {
        assertThat(now.elr().isEmpty()).as("nobody need be eligible: %s", now).isTrue();
      }
    } else {
      assertThat(now.elr().isEmpty()).as("%s", now).isTrue();
      assertThat(now.isr().isEmpty()).as("%s", now).isFalse();
    }
  }

  static int minInsyncReplicas(MetadataImage image, TopicImage topic) {
    String key = ElectionRules.MIN_INSYNC_REPLICAS;
    String own = image.configs(ConfigResource.topic(topic.name())).get(key);
    String cluster = image.configs(ConfigResource.defaultBroker()).get(key);
    return Integer.parseInt(own != null ? own : cluster != null ? cluster : "1");
  }

  private static void step(PartitionImage before, PartitionImage now) {
    if (before.equals(now)) {
      return;
    }
    assertThat(now.partitionEpoch())
        .as("%s to %s", before, now)
        .isGreaterThan(before.partitionEpoch());
    assertThat(now.leaderEpoch())
        .as("%s to %s", before, now)
        .isGreaterThanOrEqualTo(before.leaderEpoch() + (before.leader() == now.leader() ? 0 : 1));
  }
}
