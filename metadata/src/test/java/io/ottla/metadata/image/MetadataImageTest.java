package io.ottla.metadata.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.metadata.image.MetadataDelta.PartitionChange;
import io.ottla.metadata.image.MetadataDelta.PartitionsAdded;
import io.ottla.metadata.image.MetadataDelta.PartitionsChanged;
import io.ottla.metadata.image.MetadataDelta.TopicCreated;
import io.ottla.metadata.image.MetadataDelta.TopicDeleted;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class MetadataImageTest {

  private static final MetadataImage EMPTY = MetadataImage.empty("cluster");
  private static final PartitionImage PARTITION =
      PartitionImage.created(NodeIds.of(1), NodeIds.of(1));

  @Test
  void findsATopicByNameAndById() {
    Uuid id = new Uuid(1, 2);
    MetadataImage image = EMPTY.with(new TopicCreated(id, "orders", List.of(PARTITION)));
    assertThat(image.topic("orders")).isSameAs(image.topic(id));
    assertThat(image.partition(new TopicPartition("orders", 0))).isEqualTo(PARTITION);
    assertThat(image.partition(id, 0)).isEqualTo(PARTITION);
    assertThat(image.partition(id, 1)).isNull();
    assertThat(image.partition(new TopicPartition("orders", -1))).isNull();
    assertThat(image.partition(new TopicPartition("none", 0))).isNull();
    assertThat(image.partitionCount()).isEqualTo(1);
  }

  @Test
  void leavesTheImageBeforeAloneWhenItChanges() {
    Uuid id = new Uuid(1, 2);
    MetadataImage one = EMPTY.with(new TopicCreated(id, "orders", List.of(PARTITION)));
    MetadataImage two = one.with(new PartitionsAdded(id, 1, List.of(PARTITION)));
    PartitionImage led =
        new PartitionImage(
            PARTITION.replicas(),
            NodeIds.of(2),
            NodeIds.of(1),
            NodeIds.EMPTY,
            NodeIds.EMPTY,
            NodeIds.EMPTY,
            2,
            LeaderRecoveryState.RECOVERED,
            PARTITION.leaderEpoch() + 1,
            PARTITION.partitionEpoch() + 1);
    MetadataImage three = two.with(new PartitionsChanged(id, List.of(new PartitionChange(1, led))));
    MetadataImage four = three.with(new TopicDeleted(id, "orders"));
    assertThat(EMPTY.topic("orders")).isNull();
    assertThat(one.topic("orders").partitionCount()).isEqualTo(1);
    assertThat(two.partition(id, 1)).isEqualTo(PARTITION);
    assertThat(three.topic("orders").partitions()).containsExactly(PARTITION, led);
    assertThat(four.topic("orders")).isNull();
    assertThat(four.hash()).isEqualTo(EMPTY.hash());
    assertThat(List.of(EMPTY.hash(), one.hash(), two.hash(), three.hash())).doesNotHaveDuplicates();
  }

  @Test
  void knowsWhichNameCollides() {
    MetadataImage image =
        EMPTY
            .with(new TopicCreated(new Uuid(1, 1), "a.b", List.of(PARTITION)))
            .with(new TopicCreated(new Uuid(1, 2), "plain", List.of(PARTITION)));
    assertThat(image.collidingTopic("a_b")).isEqualTo("a.b");
    assertThat(image.collidingTopic("a.b")).isNull();
    assertThat(image.collidingTopic("a-b")).isNull();
    assertThat(image.collidingTopic("plain")).isNull();
    assertThat(image.with(new TopicDeleted(new Uuid(1, 1), "a.b")).collidingTopic("a_b")).isNull();
  }

  @Test
  void refusesADeltaThatDoesNotFit() {
    Uuid id = new Uuid(1, 2);
    MetadataImage image = EMPTY.with(new TopicCreated(id, "orders", List.of(PARTITION)));
    for (MetadataDelta delta :
        List.of(
            new TopicCreated(new Uuid(1, 3), "orders", List.of(PARTITION)),
            new TopicCreated(id, "other", List.of(PARTITION)),
            new PartitionsAdded(id, 2, List.of(PARTITION)),
            new PartitionsChanged(id, List.of(new PartitionChange(1, PARTITION))),
            new TopicDeleted(new Uuid(1, 3), "orders"),
            new MetadataDelta.BrokerFenced(1, 1))) {
      assertThatThrownBy(() -> image.with(delta)).isInstanceOf(IllegalStateException.class);
    }
  }

  @RepeatedTest(20)
  void isMadeAgainByTheDifferenceFromAnyOther() {
    long seed = System.nanoTime();
    System.out.println("MetadataImageTest seed " + seed);
    RandomMetadata random = new RandomMetadata(seed);
    MetadataImage target = random.image(200);
    assertThat(applied(EMPTY, target.deltasFrom(EMPTY)).hash()).isEqualTo(target.hash());

    MetadataImage later = target;
    for (int i = 0; i < 100; i++) {
      later = later.with(random.delta(later));
    }
    MetadataImage reached = applied(target, later.deltasFrom(target));
    assertThat(reached.hash()).isEqualTo(later.hash());
    assertThat(reached.topicCount()).isEqualTo(later.topicCount());
    assertThat(reached.partitionCount()).isEqualTo(later.partitionCount());
    assertThat(reached.brokers()).isEqualTo(later.brokers());
    assertThat(reached.features()).isEqualTo(later.features());
    for (TopicImage topic : later.topics()) {
      assertThat(reached.topic(topic.id())).isEqualTo(topic);
      assertThat(reached.topic(topic.name())).isEqualTo(topic);
    }
    assertThat(later.deltasFrom(reached)).isEmpty();
  }

  @Test
  void tellsAVeryLargeTopicInPieces() {
    int count = ImageDifference.MAX_PARTITIONS * 2 + 1;
    MetadataImage image =
        EMPTY.with(new TopicCreated(new Uuid(1, 2), "wide", Collections.nCopies(count, PARTITION)));
    List<MetadataDelta> deltas = image.deltasFrom(EMPTY);
    assertThat(deltas).hasSize(3);
    assertThat(applied(EMPTY, deltas).hash()).isEqualTo(image.hash());
  }

  /**
   * Not a measure: the point is that it ends in a moment, where copying maps would take minutes.
   */
  @Test
  void createsOneTopicAmongAHundredThousandPartitionsWithoutCopyingThem() {
    MetadataImage image = EMPTY;
    List<PartitionImage> ten = Collections.nCopies(10, PARTITION);
    List<Long> nanos = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      long before = System.nanoTime();
      image = image.with(new TopicCreated(new Uuid(7, i), "topic-" + i, ten));
      nanos.add(System.nanoTime() - before);
    }
    Collections.sort(nanos);
    System.out.printf(
        "creating a topic of 10 among %d partitions: median %d us%n",
        image.partitionCount(), nanos.get(nanos.size() / 2) / 1000);
    assertThat(image.partitionCount()).isEqualTo(200_000);
  }

  private static MetadataImage applied(MetadataImage base, List<MetadataDelta> deltas) {
    MetadataImage image = base;
    for (MetadataDelta delta : deltas) {
      image = image.with(delta);
    }
    return image;
  }
}
