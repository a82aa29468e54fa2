package io.ottla.compat.workload;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;

/**
 * Three consumers of one group come one after the other and one leaves again while records are
 * being produced. Checked: every partition is read without a gap; whoever takes a partition over
 * starts exactly at what was last committed for it, so that a record is read twice only where its
 * commit had not succeeded; at the end nothing is missing.
 */
public final class Rebalance {
  private static final int PARTITIONS = 6;
  private static final Duration LIMIT = Duration.ofSeconds(40);

  private final Session session;
  private final String assignor;
  private final boolean exactHandOver;
  private final String topic;
  private final Map<TopicPartition, Long> committed = new ConcurrentHashMap<>();
  private final Map<String, Integer> timesRead = new ConcurrentHashMap<>();
  private final List<String> problems = new CopyOnWriteArrayList<>();

  private Rebalance(Session session, String assignor, boolean exactHandOver) throws Exception {
    this.session = session;
    this.assignor = assignor;
    this.exactHandOver = exactHandOver;
    this.topic = session.createTopic("rebalance", PARTITIONS);
  }

  /** With an assignor that gives everything back in each rebalance. */
  public static final class Eager {
    private Eager() {}

    public static void run(Session session) throws Exception {
      new Rebalance(session, "org.apache.kafka.clients.consumer.RangeAssignor", true).run();
    }
  }

  /**
   * With the assignor that only gives back what moves. Clients of 2.8 now and then assign a
   * partition to its new owner before the old one has let go, on stock Kafka too: nothing is lost
   * by that, but two may read the same for a moment.
   */
  public static final class Cooperative {
    private Cooperative() {}

    public static void run(Session session) throws Exception {
      new Rebalance(
              session,
              "org.apache.kafka.clients.consumer.CooperativeStickyAssignor",
              !session.version().startsWith("2."))
          .run();
    }
  }

  private void run() throws Exception {
    int sent = 0;
    List<Member> members = new ArrayList<>();
    try (Producer<String, String> producer = session.producer("acks", "all", "linger.ms", "1")) {
      for (int count = 1; count <= 3; count++) {
        Member member = new Member();
        members.add(member);
        member.start();
        int share = PARTITIONS / count;
        sent = produceUntil(producer, sent, () -> allOwn(members, share));
      }
      Member leaver = members.remove(1);
      leaver.leave();
      sent = produceUntil(producer, sent, () -> allOwn(members, PARTITIONS / 2));
      producer.flush();
    }
    int all = sent;
    Session.await("all is read", () -> timesRead.size() == all || !problems.isEmpty());
    for (Member member : members) {
      member.leave();
    }
    assertThat(problems).isEmpty();
    assertThat(timesRead).hasSize(sent);
  }

  private boolean allOwn(List<Member> members, int partitions) {
    return members.stream().allMatch(member -> member.owned.get() == partitions);
  }

  /**
   * Produces in small portions until the condition holds, and one portion more, so that each phase
   * has records.
   */
  private int produceUntil(Producer<String, String> producer, int sent, BooleanSupplier condition) {
    long deadlineNs = System.nanoTime() + LIMIT.toNanos();
    int next = sent;
    boolean reached = false;
    while (!reached) {
      reached = condition.getAsBoolean();
      for (int i = 0; i < 30; i++) {
        producer.send(
            new ProducerRecord<>(topic, next % PARTITIONS, null, "r" + next),
            (metadata, exception) -> {
              if (exception != null) {
                problems.add("not sent: " + exception);
              }
            });
        next++;
      }
      assertThat(problems).isEmpty();
      assertThat(deadlineNs - System.nanoTime()).as("time left to rebalance").isPositive();
      LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
    }
    return next;
  }

  /**
   * One consumer on a thread of its own, which commits after each poll and before it gives a
   * partition back.
   */
  private final class Member extends Thread implements ConsumerRebalanceListener {
    final AtomicInteger owned = new AtomicInteger();
    private final Map<TopicPartition, Long> positions = new HashMap<>();
    private Consumer<String, String> consumer;
    private volatile boolean leaving;

    Member() {
      setDaemon(true);
      setContextClassLoader(Rebalance.class.getClassLoader());
    }

    void leave() throws InterruptedException {
      leaving = true;
      join(LIMIT.toMillis());
      assertThat(isAlive()).as("consumer still closing").isFalse();
    }

    @Override
    public void run() {
      try (Consumer<String, String> closing =
          session.consumer(
              "group.id", session.name("rebalance"), "partition.assignment.strategy", assignor)) {
        consumer = closing;
        consumer.subscribe(List.of(topic), this);
        while (!leaving) {
          for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(50))) {
            onRecord(record);
          }
          commit(positions.keySet());
        }
      } catch (Throwable e) {
        StringWriter trace = new StringWriter();
        e.printStackTrace(new PrintWriter(trace));
        problems.add(trace.toString());
      } finally {
        owned.set(0);
      }
    }

    private void onRecord(ConsumerRecord<String, String> record) {
      TopicPartition partition = new TopicPartition(record.topic(), record.partition());
      Long expected = positions.get(partition);
      if (expected == null && exactHandOver) {
        expected = committed.getOrDefault(partition, 0L);
      }
      if (expected != null && record.offset() != expected) {
        problems.add(partition + ": read " + record.offset() + ", expected " + expected);
      }
      positions.put(partition, record.offset() + 1);
      timesRead.merge(record.value(), 1, Integer::sum);
    }

    private void commit(Collection<TopicPartition> partitions) {
      Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
      for (TopicPartition partition : partitions) {
        Long position = positions.get(partition);
        if (position != null && !position.equals(committed.get(partition))) {
          offsets.put(partition, new OffsetAndMetadata(position));
        }
      }
      if (offsets.isEmpty()) {
        return;
      }
      try {
        consumer.commitSync(offsets);
        offsets.forEach((partition, offset) -> committed.put(partition, offset.offset()));
      } catch (RebalanceInProgressException | CommitFailedException again) {
        // The next poll takes part in the rebalance; what was read stays to be committed after it,
        // or is read again.
      }
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      owned.addAndGet(partitions.size());
      for (TopicPartition partition : partitions) {
        OffsetAndMetadata last = consumer.committed(Set.of(partition)).get(partition);
        long known = committed.getOrDefault(partition, 0L);
        if (exactHandOver && (last == null ? 0 : last.offset()) != known) {
          problems.add(partition + ": the broker says " + last + " is committed, not " + known);
        }
      }
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
      commit(partitions);
      positions.keySet().removeAll(partitions);
      owned.addAndGet(-partitions.size());
    }

    @Override
    public void onPartitionsLost(Collection<TopicPartition> partitions) {
      if (!leaving) { // one that leaves in the middle of a rebalance cannot give back any more
        problems.add("lost " + partitions);
      }
    }
  }
}
