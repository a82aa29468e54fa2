package io.ottla.metadata.controller;

import static io.ottla.metadata.controller.ControllerFixture.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.metadata.image.ConfigResource;
import io.ottla.metadata.image.MetadataDelta;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.MetadataPublication;
import io.ottla.metadata.image.NodeIds;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.metadata.image.TopicImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;

/**
 * Random requests against a controller; then the same log again, from the start and from a
 * snapshot: the state must be the same, by hash and by content.
 */
class ReplayTest {

  private static final int REQUESTS = 300;
  private static final int BROKERS = 5;

  @RepeatedTest(30)
  void makesTheSameStateFromTheSameLog() throws IOException {
    long seed = System.nanoTime();
    System.out.println("ReplayTest seed " + seed);
    Random random = new Random(seed);
    ControllerFixture live = new ControllerFixture(seed);
    for (int i = 0; i < REQUESTS; i++) {
      request(live, random);
      assertSound(live.image());
    }

    ControllerStateMachine replayed = machine();
    MetadataImage told = MetadataImage.empty("cluster");
    for (DirectQuorum.Entry entry : live.quorum.log()) {
      replayed.apply(entry.index(), entry.term(), entry.command());
    }
    for (MetadataDelta delta : live.deltas) {
      told = told.with(delta);
    }
    assertSame(replayed.image(), live.image());
    assertThat(told.hash()).as("the published deltas alone").isEqualTo(live.image().hash());

    int snapshotAt = random.nextInt(live.quorum.log().size());
    ControllerStateMachine first = machine();
    apply(first, live.quorum.log().subList(0, snapshotAt));
    ByteArrayOutputStream snapshot = new ByteArrayOutputStream();
    first.writeSnapshot(snapshot);
    ControllerStateMachine second = machine();
    second.readSnapshot(new ByteArrayInputStream(snapshot.toByteArray()));
    assertSame(second.image(), first.image());
    apply(second, live.quorum.log().subList(snapshotAt, live.quorum.log().size()));
    assertSame(second.image(), live.image());
  }

  private static void request(ControllerFixture fixture, Random random) {
    MetadataImage image = fixture.image();
    int broker = 1 + random.nextInt(BROKERS);
    long epoch = image.broker(broker) == null ? -1 : image.broker(broker).epoch();
    Controller controller = fixture.controller;
    TestBrokers brokers = fixture.brokers;
    try {
      switch (random.nextInt(12)) {
        case 0 -> get(brokers.register(SingleNode.broker(broker)));
        case 1, 2 -> get(brokers.unfence(broker, epoch));
        case 3 -> get(brokers.fence(broker, epoch));
        case 4, 5, 6 -> get(controller.createTopics(newTopics(random), random.nextInt(9) == 0));
        case 7 -> get(controller.deleteTopics(List.of(topic(image, random).id())));
        case 8 -> {
          TopicImage topic = topic(image, random);
          int count = topic.partitionCount() + random.nextInt(3);
          get(
              controller.createPartitions(
                  List.of(new NewPartitions(topic.name(), count, null)), false));
        }
        case 9, 10 ->
            get(
                controller.incrementalAlterConfigs(
                    Map.of(resource(image, random), List.of(operation(random))), false));
        default -> get(brokers.allocate(broker, epoch));
      }
    } catch (ControllerException e) {
      // Refusals are part of the log too.
    } catch (IllegalArgumentException e) {
      // No topic to choose from.
    }
    if (random.nextInt(40) == 0) {
      fixture.quorum.lead();
    }
  }

  private static List<NewTopic> newTopics(Random random) {
    List<NewTopic> topics = new ArrayList<>();
    for (int i = random.nextInt(4); i >= 0; i--) {
      topics.add(
          new NewTopic(
              "t" + (random.nextBoolean() ? "." : "_") + random.nextInt(60),
              1 + random.nextInt(4),
              1 + random.nextInt(3),
              List.of(),
              random.nextBoolean() ? Map.of() : Map.of("key", "value-" + random.nextInt(9))));
    }
    return topics;
  }

  private static TopicImage topic(MetadataImage image, Random random) {
    int at = random.nextInt(image.topicCount());
    for (TopicImage topic : image.topics()) {
      if (at-- == 0) {
        return topic;
      }
    }
    throw new AssertionError();
  }

  private static ConfigResource resource(MetadataImage image, Random random) {
    return switch (random.nextInt(3)) {
      case 0 -> ConfigResource.topic(topic(image, random).name());
      case 1 -> ConfigResource.broker(1 + random.nextInt(BROKERS));
      default -> new ConfigResource(ConfigResource.Type.GROUP, "group-" + random.nextInt(5));
    };
  }

  private static ConfigOperation operation(Random random) {
    ConfigOperation.Type[] types = ConfigOperation.Type.values();
    return new ConfigOperation(
        types[random.nextInt(types.length)], "cleanup.policy", random.nextInt(3) + ",x");
  }

  /** What must be so at any time. */
  private static void assertSound(MetadataImage image) {
    for (TopicImage topic : image.topics()) {
      for (PartitionImage partition : topic.partitions()) {
        NodeIds isr = partition.isr();
        assertThat(isr.isEmpty()).as("%s", topic).isFalse();
        assertThat(partition.replicas().asList()).containsAll(isr.asList());
        if (partition.hasLeader()) {
          assertThat(isr.contains(partition.leader())).isTrue();
          assertThat(image.isActive(partition.leader())).isTrue();
        } else {
          assertThat(isr.asList()).noneMatch(image::isActive);
        }
        assertThat(partition.partitionEpoch()).isGreaterThanOrEqualTo(partition.leaderEpoch());
      }
      String colliding = image.collidingTopic(topic.name());
      assertThat(colliding).isNull();
    }
  }

  private static ControllerStateMachine machine() {
    return new ControllerStateMachine(
        "cluster",
        new MetadataPublication(
            MetadataImage.empty("cluster"),
            Runnable::run,
            failure -> {
              throw new AssertionError(failure);
            }));
  }

  private static void apply(ControllerStateMachine machine, List<DirectQuorum.Entry> entries) {
    for (DirectQuorum.Entry entry : entries) {
      machine.apply(entry.index(), entry.term(), entry.command());
    }
  }

  private static void assertSame(MetadataImage some, MetadataImage other) {
    assertThat(some.offset()).isEqualTo(other.offset());
    assertThat(some.hash()).isEqualTo(other.hash());
    assertThat(some.deltasFrom(other)).isEmpty();
    assertThat(other.deltasFrom(some)).isEmpty();
  }
}
