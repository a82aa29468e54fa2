package io.ottla.compat.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.Await;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * A thread that runs one transaction after the other, each with a record in every partition of a
 * topic, and aborts some; whatever happens to its producer it goes on, with a new one if it has to.
 * Afterwards it knows what each of them has to look like.
 */
public final class CommitLoop {
  private static final int ABORT_EACH = 4;

  private enum Outcome {
    COMMITTED,
    ABORTED,
    UNKNOWN
  }

  private final Supplier<String> servers;
  private final String name;
  private final String topic;
  private final int partitions;
  private final Map<Integer, Outcome> outcomes = new ConcurrentSkipListMap<>();
  private final Thread thread;
  private volatile boolean isStopped;
  private volatile Throwable failure;
  private volatile long longestNs;

  /** Begins. */
  public CommitLoop(Supplier<String> servers, String name, String topic, int partitions) {
    this.servers = servers;
    this.name = name;
    this.topic = topic;
    this.partitions = partitions;
    this.thread = Thread.ofPlatform().name("loop " + name).daemon().start(this::run);
  }

  private Producer<String, String> newProducer() {
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", servers.get());
    config.put("transactional.id", name);
    config.put("linger.ms", "0");
    config.put("max.block.ms", "60000");
    config.put("request.timeout.ms", "5000");
    config.put("delivery.timeout.ms", "60000");
    return new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
  }

  private void run() {
    Producer<String, String> producer = null;
    try {
      for (int number = 0; !isStopped; number++) {
        long beganNs = System.nanoTime();
        if (producer == null) {
          producer = newProducer();
          producer.initTransactions();
        }
        Outcome outcome = transact(producer, number);
        outcomes.put(number, outcome);
        if (outcome == Outcome.UNKNOWN) {
          producer.close(Duration.ZERO);
          producer = null;
        }
        longestNs = Math.max(longestNs, System.nanoTime() - beganNs);
      }
    } catch (Throwable t) {
      failure = t;
    } finally {
      if (producer != null) {
        producer.close(Duration.ofSeconds(5));
      }
    }
  }

  private Outcome transact(Producer<String, String> producer, int number) {
    boolean isCommit = number % ABORT_EACH != ABORT_EACH - 1;
    try {
      producer.beginTransaction();
      for (int partition = 0; partition < partitions; partition++) {
        producer.send(new ProducerRecord<>(topic, partition, name, value(number, partition)));
      }
      if (isCommit) {
        producer.commitTransaction();
        return Outcome.COMMITTED;
      }
      producer.flush();
      producer.abortTransaction();
      return Outcome.ABORTED;
    } catch (KafkaException e) {
      System.out.printf("%s: transaction %d failed: %s%n", name, number, e);
      return Outcome.UNKNOWN;
    }
  }

  private String value(int number, int partition) {
    return name + " " + number + " " + partition;
  }

  /** How many transactions have ended so that its producer knows how. */
  public long ends() {
    return outcomes.values().stream().filter(outcome -> outcome != Outcome.UNKNOWN).count();
  }

  /** How many transactions have ended so that their producer does not know how. */
  public long unknown() {
    return outcomes.size() - ends();
  }

  /** Waits for so many more transactions to end. */
  public void awaitEnds(int more) throws Exception {
    long before = ends();
    Await.until(
        more + " more transactions of " + name,
        TransactionClients.LIMIT,
        () -> {
          assertThat(failure).as("failure of %s", name).isNull();
          return ends() >= before + more;
        });
  }

  /** The longest that a transaction took, with what it took to get a producer for it. */
  public Duration longest() {
    return Duration.ofNanos(longestNs);
  }

  /** Ends after the transaction it is in. */
  public void stop() throws InterruptedException {
    isStopped = true;
    thread.join(TransactionClients.LIMIT.toMillis());
    assertThat(thread.isAlive()).as("%s goes on", name).isFalse();
    assertThat(failure).as("failure of %s", name).isNull();
  }

  /** Checks what those see who read committed records, of this and perhaps others. */
  public void check(Collection<String> seen) {
    Map<Integer, Set<String>> byNumber = new TreeMap<>();
    for (String value : seen) {
      if (value.startsWith(name + " ")) {
        int number = Integer.parseInt(value.split(" ")[1]);
        byNumber.merge(number, Set.of(value), CommitLoop::union);
      }
    }
    outcomes.forEach(
        (number, outcome) -> {
          Set<String> all =
              IntStream.range(0, partitions)
                  .mapToObj(partition -> value(number, partition))
                  .collect(Collectors.toSet());
          Set<String> visible = byNumber.getOrDefault(number, Set.of());
          switch (outcome) {
            case COMMITTED ->
                assertThat(visible).as("transaction %d of %s", number, name).isEqualTo(all);
            case ABORTED -> assertThat(visible).as("transaction %d of %s", number, name).isEmpty();
            case UNKNOWN ->
                assertThat(visible.isEmpty() || visible.equals(all))
                    .as("transaction %d of %s, all or nothing: %s", number, name, visible)
                    .isTrue();
          }
        });
    assertThat(outcomes.keySet()).containsAll(byNumber.keySet());
  }

  private static Set<String> union(Set<String> one, Set<String> other) {
    return Stream.concat(one.stream(), other.stream()).collect(Collectors.toSet());
  }
}
