package io.ottla.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.metadata.controller.FeatureCatalog;
import io.ottla.metadata.image.BrokerImage;
import io.ottla.metadata.image.ConfigResource;
import io.ottla.metadata.image.Endpoint;
import io.ottla.metadata.image.LeaderRecoveryState;
import io.ottla.metadata.image.MetadataDelta;
import io.ottla.metadata.image.MetadataDelta.BrokerFenced;
import io.ottla.metadata.image.MetadataDelta.BrokerRegistered;
import io.ottla.metadata.image.MetadataDelta.ConfigChanged;
import io.ottla.metadata.image.MetadataDelta.FeatureChanged;
import io.ottla.metadata.image.MetadataDelta.PartitionChange;
import io.ottla.metadata.image.MetadataDelta.PartitionsChanged;
import io.ottla.metadata.image.MetadataDelta.ProducerIdsAllocated;
import io.ottla.metadata.image.MetadataDelta.TopicCreated;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.NodeIds;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.wire.Uuid;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MetadataInvariantsTest {

  private static final Uuid TOPIC = new Uuid(1, 1);

  private final MetadataInvariants invariants = new MetadataInvariants(1);

  /** Brokers 1 to 4; a partition of 1 to 3, led by 1. */
  private MetadataImage image;

  /** A state, one part of which is changed at a time. */
  private static final class Partition {
    NodeIds replicas = NodeIds.of(1, 2, 3);
    NodeIds isr = NodeIds.of(1, 2);
    NodeIds elr = NodeIds.EMPTY;
    NodeIds adding = NodeIds.EMPTY;
    NodeIds removing = NodeIds.EMPTY;
    NodeIds lost = NodeIds.EMPTY;
    int leader = 1;
    LeaderRecoveryState recovery = LeaderRecoveryState.RECOVERED;
    int leaderEpoch = 5;
    int partitionEpoch = 10;

    PartitionImage image() {
      return new PartitionImage(
          replicas,
          isr,
          elr,
          NodeIds.EMPTY,
          adding,
          removing,
          lost,
          leader,
          recovery,
          leaderEpoch,
          partitionEpoch);
    }
  }

  private final Partition partition = new Partition();

  @BeforeEach
  void begin() {
    image = MetadataImage.empty("cluster");
    for (String feature : FeatureCatalog.firstLevels().keySet()) {
      image = image.with(new FeatureChanged(feature, FeatureCatalog.firstLevels().get(feature)));
    }
    for (int id = 1; id <= 4; id++) {
      image = image.with(new BrokerRegistered(broker(id, id)));
    }
    image = image.with(new TopicCreated(TOPIC, "topic", List.of(partition.image()))).at(100);
    invariants.check(1, image);
    partition.partitionEpoch++;
  }

  private static BrokerImage broker(int id, long epoch) {
    return new BrokerImage(
        id,
        epoch,
        new Uuid(6, id),
        List.of(new Endpoint("PLAINTEXT", "broker-" + id, 9092, (short) 0)),
        null,
        new TreeMap<>(),
        List.of(new Uuid(7, id)),
        false);
  }

  private MetadataImage with(MetadataDelta delta) {
    return image.with(delta).at(image.offset() + 1);
  }

  private MetadataImage changed() {
    return with(new PartitionsChanged(TOPIC, List.of(new PartitionChange(0, partition.image()))));
  }

  private void holds(MetadataImage next) {
    assertThatCode(() -> invariants.check(1, next)).doesNotThrowAnyException();
    image = next;
  }

  private void breaks(String rule) {
    breaks(changed(), rule);
  }

  private void breaks(MetadataImage next, String rule) {
    ThrowingCallable check = () -> invariants.check(1, next);
    assertThatThrownBy(check).isInstanceOf(AssertionError.class).hasMessageContaining(rule);
    assertThat(invariants.violation()).isNotNull();
  }

  @Test
  void acceptsWhatMayHappen() {
    partition.isr = NodeIds.of(1, 2, 3);
    holds(changed());
    partition.isr = NodeIds.of(2, 3);
    partition.leader = 2;
    partition.leaderEpoch++;
    partition.partitionEpoch++;
    holds(changed());
    holds(with(new BrokerFenced(1, 1)));
    holds(with(new BrokerRegistered(broker(1, image.offset() + 1))));
    partition.replicas = NodeIds.of(2, 3, 4);
    partition.adding = NodeIds.of(4);
    partition.partitionEpoch++;
    holds(changed());
    partition.replicas = NodeIds.of(4);
    partition.isr = NodeIds.of(4);
    partition.leader = 4;
    partition.adding = NodeIds.EMPTY;
    partition.leaderEpoch++;
    partition.partitionEpoch++;
    holds(changed());
  }

  @Test
  void offsetsOfAProcessDoNotGoBack() {
    MetadataImage older = image.at(99);

    breaks(older, "goes back");
    invariants.begins(1);
    holds(older);
  }

  @Test
  void imagesAtOneOffsetAreTheSame() {
    holds(with(new BrokerFenced(4, 4)));
    MetadataImage other = image.with(new BrokerFenced(3, 3));

    assertThatThrownBy(() -> invariants.check(2, other)).hasMessageContaining("another image");
  }

  @Test
  void partitionsChangeInNewEpochs() {
    partition.partitionEpoch = 10;
    partition.isr = NodeIds.of(1);
    breaks("changes in a new epoch");
  }

  @Test
  void aLeaderBeginsANewEpoch() {
    partition.leader = 2;
    breaks("one leader in an epoch");
  }

  @Test
  void leaderEpochsDoNotGoBack() {
    partition.leaderEpoch = 4;
    breaks("a new leader in a new epoch");
  }

  @Test
  void leaderEpochsGoOneByOne() {
    partition.leaderEpoch = 7;
    partition.leader = 2;
    breaks("a new leader in a new epoch");
  }

  @Test
  void imagesThatComeLateAreHeldAgainstNewerOnes() {
    MetadataImage older = changed();
    partition.isr = NodeIds.of(1);
    partition.partitionEpoch = 11;
    MetadataImage newer = changed().at(image.offset() + 10);
    invariants.check(1, newer);

    assertThatThrownBy(() -> invariants.check(2, older))
        .hasMessageContaining("changes in a new epoch");
  }

  @Test
  void aLeaderIsInSync() {
    partition.isr = NodeIds.of(2, 3);
    breaks("the leader of topic");
  }

  @Test
  void aLeaderIsActive() {
    holds(with(new BrokerFenced(4, 4)));
    partition.replicas = NodeIds.of(1, 2, 4);
    partition.isr = NodeIds.of(1, 2, 4);
    partition.leader = 4;
    partition.leaderEpoch++;
    breaks("is active");
  }

  @Test
  void aFencedBrokerIsNotInSync() {
    breaks(with(new BrokerFenced(2, 2)), "2, in sync in");
  }

  @Test
  void aBrokerIsRegisteredUnderTheOffsetItIsRegisteredAt() {
    breaks(with(new BrokerRegistered(broker(4, 102))), "is not registered yet");
    invariants.begins(1);
    breaks(with(new BrokerRegistered(broker(4, 50))).at(105), "is registered again");
  }

  @Test
  void whoIsInSyncIsAReplica() {
    partition.isr = NodeIds.of(1, 4);
    breaks("those in sync are replicas");
  }

  @Test
  void whoIsEligibleIsAReplica() {
    partition.elr = NodeIds.of(4);
    breaks("those eligible are replicas");
  }

  @Test
  void nobodyIsInSyncAndEligible() {
    partition.elr = NodeIds.of(2);
    breaks("none in sync is eligible");
  }

  @Test
  void nobodyIsEligibleWhereEnoughAreInSync() {
    holds(
        with(new ConfigChanged(ConfigResource.topic("topic"), Map.of("min.insync.replicas", "3"))));
    partition.elr = NodeIds.of(3);
    holds(changed());
    image =
        image.with(
            new ConfigChanged(ConfigResource.topic("topic"), Map.of("min.insync.replicas", "2")));
    partition.isr = NodeIds.of(2, 1);
    partition.partitionEpoch++;
    breaks("nobody need be eligible");
  }

  @Test
  void replicasDiffer() {
    partition.replicas = NodeIds.of(1, 2, 2);
    breaks("replicas of");
  }

  @Test
  void whoComesIsAReplica() {
    partition.adding = NodeIds.of(4);
    breaks("those that come and go");
  }

  @Test
  void whoIsLostIsAReplicaThatIsNotInSync() {
    partition.lost = NodeIds.of(4);
    breaks("those lost");
    partition.lost = NodeIds.of(2);
    image = image.at(image.offset() + 1);
    breaks("in sync and lost");
  }

  @Test
  void whereSomebodyIsInSyncSomebodyLeads() {
    partition.leader = PartitionImage.NO_LEADER;
    partition.leaderEpoch++;
    breaks("somebody leads");
  }

  @Test
  void aLeaderWasInSyncUnlessItIsRecovering() {
    partition.leader = 3;
    partition.isr = NodeIds.of(3);
    partition.leaderEpoch++;
    partition.recovery = LeaderRecoveryState.RECOVERING;
    holds(changed());
    partition.leader = 1;
    partition.isr = NodeIds.of(1);
    partition.leaderEpoch++;
    partition.partitionEpoch++;
    partition.recovery = LeaderRecoveryState.RECOVERED;
    breaks("was in sync or eligible");
  }

  @Test
  void producerIdsGoOn() {
    holds(with(new ProducerIdsAllocated(1, 1, 2_000)));
    MetadataImage next =
        MetadataImage.empty("cluster").with(new ProducerIdsAllocated(1, 1, 1_000)).at(200);
    breaks(next, "producer ids go on");
  }
}
