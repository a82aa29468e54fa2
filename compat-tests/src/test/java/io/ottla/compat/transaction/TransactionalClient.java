package io.ottla.compat.transaction;

import io.ottla.history.History;
import io.ottla.history.History.Write;
import io.ottla.history.TransactionHistory;
import io.ottla.history.TransactionHistory.Outcome;
import io.ottla.history.TransactionHistory.Source;
import io.ottla.history.TransactionHistory.Transaction;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * A client with a transactional id of its own, on a thread of its own, that does one transaction
 * after the other and tells a {@link TransactionHistory} what it did and was told. Some it aborts,
 * some it leaves open and begins anew as if it had broken. Whenever it does not know how one ended,
 * it goes on with a new producer of the same transactional id. Uses only what kafka-clients 3.9 and
 * 4.4 have in common, so that it can be loaded with any of them.
 */
abstract class TransactionalClient implements Runnable, AutoCloseable {
  private static final double ABORTED = 0.15;
  private static final double LEFT_OPEN = 0.03;
  private static final double RETRIED = 0.5;
  private static final Duration CLOSE_LIMIT = Duration.ofMinutes(2);
  private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(50);

  private final String name;
  private final int client;
  private final Map<String, String> settings;
  private final TransactionHistory history;
  private final Random random;
  private final Thread thread;
  private Producer<byte[], byte[]> producer;
  private int transactions;
  private long values;
  private volatile boolean leaving;

  /** What happens in a transaction before its end. */
  interface Body {
    void run(Transaction transaction);
  }

  TransactionalClient(
      String name,
      int client,
      Map<String, String> settings,
      long seed,
      TransactionHistory history) {
    this.name = name;
    this.client = client;
    this.settings = settings;
    this.history = history;
    this.random = new Random(seed);
    this.thread = new Thread(this, name);
    thread.setDaemon(true);
    thread.setContextClassLoader(TransactionalClient.class.getClassLoader());
  }

  final void start() {
    thread.start();
  }

  /** Works until it is to leave; what it throws is told as a problem, and it is called again. */
  abstract void work();

  final boolean isLeaving() {
    return leaving;
  }

  final Random random() {
    return random;
  }

  final TransactionHistory history() {
    return history;
  }

  final String name() {
    return name;
  }

  /** Lets it leave, and returns at once. */
  public final void beginLeaving() {
    leaving = true;
  }

  /** Lets it leave, if that has not begun, and waits until it has. */
  @Override
  public final void close() throws InterruptedException {
    leaving = true;
    thread.join(CLOSE_LIMIT.toMillis());
    if (thread.isAlive()) {
      StringBuilder where = new StringBuilder();
      for (StackTraceElement element : thread.getStackTrace()) {
        where.append("\n  at ").append(element);
      }
      history.problem(name + " is still closing:" + where);
    }
  }

  @Override
  public final void run() {
    try {
      while (!leaving) {
        work();
      }
      // Ends what it has left open.
      for (int attempt = 0; producer == null && attempt < 10; attempt++) {
        open();
      }
      if (producer == null) {
        history.problem(name + " could not end what it had left open");
      } else {
        producer.close(Duration.ofSeconds(10));
      }
    } catch (Throwable e) {
      StringWriter trace = new StringWriter();
      e.printStackTrace(new PrintWriter(trace));
      history.problem(name + " broke: " + trace);
    }
  }

  /** A producer whose transactional id has no open transaction any more; null if there is none. */
  private void open() {
    Map<String, Object> config = new HashMap<>(settings);
    config.put("transactional.id", name);
    config.put("client.id", name);
    Producer<byte[], byte[]> opened =
        new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    try {
      opened.initTransactions();
      producer = opened;
    } catch (KafkaException e) {
      opened.close(Duration.ZERO);
      pause(PAUSE_NS);
    }
  }

  /** Goes on after a while. */
  static void pause(long durationNs) {
    long untilNs = System.nanoTime() + durationNs;
    long leftNs;
    while ((leftNs = untilNs - System.nanoTime()) > 0) {
      LockSupport.parkNanos(leftNs);
    }
  }

  /** Whether there is a producer, and no transaction left open by the one before it. */
  final boolean isReady() {
    if (producer == null) {
      open();
    }
    return producer != null;
  }

  /** Does one transaction; whether it is known to be committed. */
  final boolean transact(Body body) {
    if (!isReady()) {
      return false;
    }
    Transaction transaction = history.begin(client, ++transactions, System.nanoTime());
    try {
      producer.beginTransaction();
      body.run(transaction);
    } catch (KafkaException | IllegalStateException e) {
      transaction.trouble(e.toString());
      abort(transaction);
      return false;
    }
    double chance = random.nextDouble();
    if (chance < LEFT_OPEN) {
      transaction.trouble("left open");
      breakOff();
      return false;
    }
    if (chance < LEFT_OPEN + ABORTED) {
      abort(transaction);
      return false;
    }
    return commit(transaction);
  }

  private boolean commit(Transaction transaction) {
    transaction.beginCommit(System.nanoTime());
    while (true) {
      try {
        producer.commitTransaction();
        transaction.end(Outcome.COMMITTED, System.nanoTime());
        return true;
      } catch (TimeoutException e) {
        transaction.trouble(e.toString());
        if (leaving || random.nextDouble() >= RETRIED) {
          breakOff();
          return false;
        }
      } catch (KafkaException | IllegalStateException e) {
        transaction.trouble(e.toString());
        abort(transaction); // which the client refuses if it cannot tell
        return false;
      }
    }
  }

  private void abort(Transaction transaction) {
    try {
      producer.abortTransaction();
      transaction.end(Outcome.ABORTED, System.nanoTime());
    } catch (KafkaException | IllegalStateException e) {
      transaction.trouble(e.toString());
      breakOff();
    }
  }

  /** As a client that breaks: says nothing, and waits for nothing. */
  private void breakOff() {
    producer.close(Duration.ZERO);
    producer = null;
  }

  final Producer<byte[], byte[]> producer() {
    return producer;
  }

  /** Sends the client's next value, made from one of the input unless that is null. */
  final void send(Transaction transaction, String topic, int partition, Source source) {
    long value = ((long) client << 40) + ++values;
    int place = history.partition(topic, partition);
    Write write =
        source == null
            ? history.send(transaction, place, value, System.nanoTime())
            : history.send(transaction, place, value, source, System.nanoTime());
    byte[] bytes = ByteBuffer.allocate(Long.BYTES).putLong(value).array();
    History log = history.log();
    var _ =
        producer.send(
            new ProducerRecord<>(topic, partition, null, bytes),
            (metadata, exception) -> {
              if (exception != null) {
                log.fail(write, exception.toString(), System.nanoTime());
              } else if (metadata.hasOffset()) {
                log.acknowledge(write, metadata.offset(), System.nanoTime());
              }
            });
  }

  static long valueOf(byte[] bytes) {
    return ByteBuffer.wrap(bytes).getLong();
  }
}
