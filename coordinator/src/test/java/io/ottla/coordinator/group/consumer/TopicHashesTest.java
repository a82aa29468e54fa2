package io.ottla.coordinator.group.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.wire.Uuid;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.apache.kafka.coordinator.group.Utils;
import org.junit.jupiter.api.Test;

/** The hashes are in the records: they must be the numbers that Kafka computes. */
final class TopicHashesTest {

  private static long kafkas(Set<String> names, TestTopics topics) {
    Map<String, Long> hashes = new HashMap<>();
    for (String name : names) {
      if (topics.topic(name) != null) {
        hashes.put(name, Utils.computeTopicHash(name, new KafkaTopics(topics)));
      }
    }
    return Utils.computeGroupHash(hashes);
  }

  @Test
  void hashesAreThoseOfKafka() {
    List<String> names = List.of("a", "b.c", "größe", "x".repeat(249), "日本", "not there");
    List<String> racks = List.of("", "r", "rack-2", "ü", "r".repeat(40));
    for (long seed = 0; seed < 500; seed++) {
      Random random = new Random(seed);
      TestTopics topics = TestTopics.NONE;
      for (String name : names.subList(0, 5)) {
        String[] ofTopic = new String[random.nextInt(4)];
        for (int i = 0; i < ofTopic.length; i++) {
          ofTopic[i] = racks.get(random.nextInt(racks.size()));
        }
        topics =
            topics.with(
                name, new Uuid(random.nextLong(), random.nextLong()), random.nextInt(7), ofTopic);
      }
      Set<String> read = Set.copyOf(names.subList(random.nextInt(6), 6));

      assertThat(new TopicHashes().of(read, topics))
          .as("seed %d", seed)
          .isEqualTo(kafkas(read, topics));
    }
  }

  @Test
  void aTopicThatHasChangedHasAnotherHash() {
    TestTopics before = TestTopics.NONE.with("a", 3, "r1").with("b", 1);
    TopicHashes hashes = new TopicHashes();
    long hash = hashes.of(Set.of("a", "b"), before);
    for (TestTopics after :
        List.of(
            before.with("a", 4, "r1"),
            before.with("a", 3, "r2"),
            before.with("a", new Uuid(1, 1), 3, "r1"),
            before.without("b"))) {
      hashes.forgetChanged(before, after);
      assertThat(hashes.of(Set.of("a", "b"), after))
          .isNotEqualTo(hash)
          .isEqualTo(kafkas(Set.of("a", "b"), after));
      hashes.forgetChanged(after, before);
      assertThat(hashes.of(Set.of("a", "b"), before)).isEqualTo(hash);
    }
    assertThat(hashes.of(Set.of("c"), before)).isZero();
  }
}
