package io.ottla.compat.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ProducerFencedException;

/** What transactional producers do, and what those read who read committed records only. */
public final class Transactions {
  private Transactions() {}

  /** Commits and aborts over partitions of two topics, with transactions of nothing in between. */
  public static final class Outcomes {
    private Outcomes() {}

    public static void run(Session session) throws Exception {
      String one = session.createTopic("one", 3);
      String two = session.createTopic("two", 1);
      List<String> committed = new ArrayList<>();
      List<String> all = new ArrayList<>();
      try (Producer<String, String> producer = transactional(session, "outcomes")) {
        producer.initTransactions();
        producer.beginTransaction();
        producer.commitTransaction(); // of nothing
        producer.beginTransaction();
        producer.abortTransaction(); // of nothing
        for (int i = 0; i < 12; i++) {
          boolean isCommit = i % 3 != 2;
          producer.beginTransaction();
          List<Future<?>> sent = new ArrayList<>();
          for (int j = 0; j < 8; j++) {
            String value = i + "." + j;
            sent.add(
                producer.send(
                    j % 4 == 3
                        ? new ProducerRecord<>(two, 0, null, value)
                        : new ProducerRecord<>(one, j % 4, null, value)));
            all.add(value);
            if (isCommit) {
              committed.add(value);
            }
          }
          if (isCommit) {
            producer.commitTransaction();
            for (Future<?> each : sent) {
              each.get();
            }
          } else {
            producer.flush();
            producer.abortTransaction();
          }
        }
      }
      Set<String> topics = Set.of(one, two);
      assertThat(values(session, topics, "read_committed"))
          .containsExactlyInAnyOrderElementsOf(committed);
      assertThat(values(session, topics, "read_uncommitted"))
          .containsExactlyInAnyOrderElementsOf(all);
    }
  }

  /** A second producer with the same id ends the first one, in a transaction or not. */
  public static final class Fencing {
    private Fencing() {}

    public static void run(Session session) throws Exception {
      String topic = session.createTopic("fencing", 1);
      try (Producer<String, String> first = transactional(session, "fencing");
          Producer<String, String> second = transactional(session, "fencing");
          Producer<String, String> third = transactional(session, "fencing")) {
        first.initTransactions();
        first.beginTransaction();
        first.send(new ProducerRecord<>(topic, "by the first")).get();
        second.initTransactions(); // aborts what is open
        assertThatThrownBy(first::commitTransaction).satisfies(Fencing::isFatal);
        second.beginTransaction();
        second.send(new ProducerRecord<>(topic, "by the second")).get();
        second.commitTransaction();
        third.initTransactions(); // nothing is open
        assertThatThrownBy(
                () -> {
                  second.beginTransaction();
                  second.send(new ProducerRecord<>(topic, "by the second, late")).get();
                  second.commitTransaction();
                })
            .satisfies(e -> isFatal(e.getCause() == null ? e : e.getCause()));
        third.beginTransaction();
        third.send(new ProducerRecord<>(topic, "by the third"));
        third.commitTransaction();
      }
      assertThat(values(session, Set.of(topic), "read_committed"))
          .containsExactly("by the second", "by the third");
    }

    private static void isFatal(Throwable thrown) {
      assertThat(thrown).isInstanceOf(KafkaException.class);
      assertThat(thrown.getClass().getSimpleName())
          .isIn(
              ProducerFencedException.class.getSimpleName(),
              "InvalidProducerEpochException",
              "KafkaException");
    }
  }

  /** Reads, writes and commits offsets in one transaction; what is aborted is read again. */
  public static final class Offsets {
    private static final int COUNT = 60;

    private Offsets() {}

    public static void run(Session session) throws Exception {
      TopicPartition in = new TopicPartition(session.createTopic("in", 1), 0);
      String out = session.createTopic("out", 2);
      session.produce(
          in, Session.anHourAgo(), IntStream.range(0, COUNT).mapToObj(Integer::toString).toList());
      String group = session.name("offsets");
      int round = 0;
      long next = 0;
      while (next < COUNT) {
        try (Producer<String, String> producer = transactional(session, "offsets");
            Consumer<String, String> consumer =
                session.consumer(
                    "group.id",
                    group,
                    "max.poll.records",
                    "10",
                    "isolation.level",
                    "read_committed")) {
          producer.initTransactions();
          consumer.subscribe(List.of(in.topic()));
          for (int i = 0; i < 3 && next < COUNT; i++) {
            List<ConsumerRecord<String, String>> records = session.read(consumer, 10);
            assertThat(records.get(0).offset()).isEqualTo(next);
            producer.beginTransaction();
            records.forEach(
                record ->
                    producer.send(
                        new ProducerRecord<>(
                            out, (int) (record.offset() % 2), null, "<" + record.value() + ">")));
            producer.sendOffsetsToTransaction(
                Map.of(in, new OffsetAndMetadata(next + 10, "round " + round)),
                consumer.groupMetadata());
            if (round++ % 3 == 1) {
              producer.abortTransaction();
              break; // reads again, with another consumer
            }
            producer.commitTransaction();
            next += 10;
          }
        }
      }
      try (Consumer<String, String> consumer = session.consumer("group.id", group)) {
        assertThat(consumer.committed(Set.of(in)).get(in).offset()).isEqualTo(COUNT);
      }
      assertThat(values(session, Set.of(out), "read_committed"))
          .containsExactlyInAnyOrderElementsOf(
              IntStream.range(0, COUNT).mapToObj(i -> "<" + i + ">").toList());
    }
  }

  private static Producer<String, String> transactional(Session session, String id) {
    return session.producer(
        "transactional.id", session.name(id), "linger.ms", "0", "max.block.ms", "20000");
  }

  /** What can be read of all partitions of topics, up to the end as the isolation level sees it. */
  private static List<String> values(
      Session session, Collection<String> topics, String isolationLevel) {
    List<String> values = new ArrayList<>();
    try (Consumer<String, String> consumer = session.consumer("isolation.level", isolationLevel)) {
      List<TopicPartition> partitions = new ArrayList<>();
      for (String topic : topics) {
        consumer
            .partitionsFor(topic)
            .forEach(info -> partitions.add(new TopicPartition(topic, info.partition())));
      }
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = new HashMap<>(consumer.endOffsets(partitions));
      session.readTo(consumer, ends).forEach(record -> values.add(record.value()));
    }
    return values;
  }
}
