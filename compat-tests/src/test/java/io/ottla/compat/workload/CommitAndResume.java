package io.ottla.compat.workload;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** Commits in every way there is, and resumes where the last commit points to. */
public final class CommitAndResume {
  private CommitAndResume() {}

  public static void run(Session session) throws Exception {
    TopicPartition partition = new TopicPartition(session.createTopic("commits", 1), 0);
    session.produce(
        partition,
        Session.anHourAgo(),
        IntStream.range(0, 100).mapToObj(Integer::toString).toList());
    String[] group = {"group.id", session.name("commits"), "max.poll.records", "10"};

    try (Consumer<String, String> consumer = session.consumer(group)) {
      consumer.subscribe(List.of(partition.topic()));
      assertThat(firstOf(session.read(consumer, 30))).isZero();
      assertThat(consumer.committed(Set.of(partition))).containsEntry(partition, null);
      consumer.commitSync();
      assertThat(consumer.committed(Set.of(partition)).get(partition).offset()).isEqualTo(30);
      session.read(consumer, 20); // not committed
    }
    try (Consumer<String, String> consumer = session.consumer(group)) {
      consumer.subscribe(List.of(partition.topic()));
      assertThat(firstOf(session.read(consumer, 10))).isEqualTo(30);
      CompletableFuture<Map<TopicPartition, OffsetAndMetadata>> done = new CompletableFuture<>();
      consumer.commitAsync(
          Map.of(partition, new OffsetAndMetadata(35, "half way")),
          (offsets, exception) -> {
            if (exception == null) {
              done.complete(offsets);
            } else {
              done.completeExceptionally(exception);
            }
          });
      long deadlineNs = System.nanoTime() + Duration.ofSeconds(20).toNanos();
      consumer.pause(Set.of(partition));
      while (!done.isDone() && System.nanoTime() - deadlineNs < 0) {
        assertThat(consumer.poll(Duration.ofMillis(50))).isEmpty();
      }
      assertThat(done).isCompleted();
      OffsetAndMetadata committed = consumer.committed(Set.of(partition)).get(partition);
      assertThat(committed.offset()).isEqualTo(35);
      assertThat(committed.metadata()).isEqualTo("half way");
    }
    // The same group by assignment, as a simple consumer.
    try (Consumer<String, String> consumer = session.consumer(group)) {
      consumer.assign(Set.of(partition));
      assertThat(firstOf(session.read(consumer, 10))).isEqualTo(35);
      consumer.commitSync(Map.of(partition, new OffsetAndMetadata(60)));
    }
    // Committed by itself, on close.
    String[] automatic = {
      "group.id", session.name("commits"), "max.poll.records", "10", "enable.auto.commit", "true"
    };
    try (Consumer<String, String> consumer = session.consumer(automatic)) {
      consumer.subscribe(List.of(partition.topic()));
      assertThat(firstOf(session.read(consumer, 20))).isEqualTo(60);
    }
    try (Consumer<String, String> consumer = session.consumer(group)) {
      assertThat(consumer.committed(Set.of(partition)).get(partition).offset()).isEqualTo(80);
    }
  }

  private static long firstOf(List<ConsumerRecord<String, String>> records) {
    return records.get(0).offset();
  }
}
