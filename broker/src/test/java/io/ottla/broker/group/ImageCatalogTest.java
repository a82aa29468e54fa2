package io.ottla.broker.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordinator.group.consumer.TopicCatalog;
import io.ottla.metadata.image.BrokerImage;
import io.ottla.metadata.image.FeatureRange;
import io.ottla.metadata.image.LeaderRecoveryState;
import io.ottla.metadata.image.MetadataDelta;
import io.ottla.metadata.image.MetadataDelta.BrokerRegistered;
import io.ottla.metadata.image.MetadataDelta.BrokerUnregistered;
import io.ottla.metadata.image.MetadataDelta.PartitionChange;
import io.ottla.metadata.image.MetadataDelta.PartitionsAdded;
import io.ottla.metadata.image.MetadataDelta.PartitionsChanged;
import io.ottla.metadata.image.MetadataDelta.TopicCreated;
import io.ottla.metadata.image.MetadataDelta.TopicDeleted;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.NodeIds;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.wire.Uuid;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ImageCatalogTest {

  private static final Uuid ORDERS = new Uuid(1, 2);
  private static final Uuid BILLS = new Uuid(3, 4);

  private MetadataImage image = MetadataImage.empty("cluster").at(7);
  private ImageCatalog catalog = ImageCatalog.of(image);

  /** Applies changes in one image; returns whether groups get a new picture. */
  private boolean change(MetadataDelta... deltas) {
    for (MetadataDelta delta : deltas) {
      image = image.with(delta);
    }
    image = image.at(image.offset() + 1);
    ImageCatalog before = catalog;
    catalog = catalog.after(image, List.of(deltas));
    return catalog != before;
  }

  private static PartitionImage on(int... brokers) {
    return PartitionImage.created(NodeIds.of(brokers), NodeIds.of(brokers));
  }

  private static PartitionImage ledBy(int leader, int... brokers) {
    return new PartitionImage(
        NodeIds.of(brokers),
        NodeIds.of(leader),
        NodeIds.EMPTY,
        NodeIds.EMPTY,
        NodeIds.EMPTY,
        NodeIds.EMPTY,
        leader,
        LeaderRecoveryState.RECOVERED,
        1,
        1);
  }

  private static BrokerRegistered broker(int id, long epoch, String rack) {
    SortedMap<String, FeatureRange> features = new TreeMap<>();
    return new BrokerRegistered(
        new BrokerImage(id, epoch, new Uuid(9, id), List.of(), rack, features, List.of(), false));
  }

  @Test
  void showsTheTopicsOfItsImage() {
    change(new TopicCreated(ORDERS, "orders", List.of(on(1), on(2))));

    TopicCatalog.Topic topic = catalog.topic("orders");
    assertThat(catalog.topic(ORDERS)).isSameAs(topic);
    assertThat(topic.id()).isEqualTo(ORDERS);
    assertThat(topic.name()).isEqualTo("orders");
    assertThat(topic.partitionCount()).isEqualTo(2);
    assertThat(topic.racks(1)).isEmpty();
    assertThat(catalog.names()).containsExactly("orders").contains("orders").doesNotContain("x");
    assertThat(catalog.topic("bills")).isNull();
    assertThat(catalog.topic(BILLS)).isNull();
    assertThat(catalog.version()).isEqualTo(8);
  }

  @Test
  void tellsWhenATopicWasNewLast() {
    assertThat(catalog.lastCreationVersion()).isEqualTo(7);
    change(new TopicCreated(ORDERS, "orders", List.of(on(1))));
    assertThat(catalog.lastCreationVersion()).isEqualTo(8);
    change(new PartitionsAdded(ORDERS, 1, List.of(on(1))));
    assertThat(catalog.version()).isEqualTo(9);
    assertThat(catalog.lastCreationVersion()).isEqualTo(8);
    assertThat(change(new TopicDeleted(ORDERS, "orders"))).isTrue();
    assertThat(catalog.names()).isEmpty();
    assertThat(catalog.lastCreationVersion()).isEqualTo(8);
  }

  @Test
  void isTheSamePictureWhileNothingHappensThatGroupsCouldSee() {
    change(broker(1, 1, "a"), broker(2, 1, "b"));
    change(new TopicCreated(ORDERS, "orders", List.of(on(1, 2))));

    assertThat(change(new PartitionsChanged(ORDERS, List.of(change(0, ledBy(2, 1, 2))))))
        .as("another leader")
        .isFalse();
    assertThat(change(new MetadataDelta.BrokerFenced(1, 1))).as("a broker is fenced").isFalse();
    assertThat(change(broker(1, 2, "a"))).as("a broker is back where it was").isFalse();
    assertThat(change(new MetadataDelta.FeatureChanged("group.version", (short) 1))).isFalse();
  }

  private static PartitionChange change(int partition, PartitionImage state) {
    return new PartitionChange(partition, state);
  }

  @Test
  void knowsTheRacksOfReplicas() {
    change(broker(1, 1, "a"), broker(2, 1, null));
    change(new TopicCreated(ORDERS, "orders", List.of(on(1, 2, 3), on(2))));
    assertThat(catalog.topic("orders").racks(0)).containsExactly("a");
    assertThat(catalog.topic("orders").racks(1)).isEmpty();

    assertThat(change(broker(3, 1, "c"))).isTrue();
    assertThat(catalog.topic("orders").racks(0)).containsExactly("a", "c");

    assertThat(change(broker(1, 2, "z"))).as("moved").isTrue();
    assertThat(catalog.topic("orders").racks(0)).containsExactly("z", "c");

    assertThat(change(new PartitionsChanged(ORDERS, List.of(change(1, ledBy(3, 3))))))
        .as("reassigned")
        .isTrue();
    assertThat(catalog.topic("orders").racks(1)).containsExactly("c");

    assertThat(change(new BrokerUnregistered(3, 1))).isTrue();
    assertThat(catalog.topic("orders").racks(1)).isEmpty();
  }

  @Test
  void remembersTopicsThatAreTheSameInTheNextPicture() {
    change(broker(1, 1, "a"), broker(2, 1, "b"));
    change(
        new TopicCreated(ORDERS, "orders", List.of(on(1))),
        new TopicCreated(BILLS, "bills", List.of(on(2))));
    TopicCatalog before = catalog;
    TopicCatalog.Topic orders = catalog.topic("orders");
    TopicCatalog.Topic bills = catalog.topic("bills");

    change(broker(2, 2, "c"));

    assertThat(catalog.topic("orders")).isSameAs(orders);
    assertThat(catalog.topic("bills")).isNotEqualTo(bills);
    assertThat(before.topic("bills")).as("pictures do not change").isEqualTo(bills);
  }

  @Test
  void aTopicMadeAnewIsAnotherOne() {
    change(new TopicCreated(ORDERS, "orders", List.of(on(1))));
    TopicCatalog.Topic orders = catalog.topic("orders");
    change(new TopicDeleted(ORDERS, "orders"), new TopicCreated(BILLS, "orders", List.of(on(1))));

    assertThat(catalog.topic("orders")).isNotEqualTo(orders);
    assertThat(catalog.topic(ORDERS)).isNull();
  }
}
