package io.ottla.compat.faults;

import io.ottla.compat.Await;
import io.ottla.compat.cluster.Cluster;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * An administrator who makes topics, gives them more partitions and other settings, and deletes
 * them, one after the other, on a thread of its own. What was confirmed has to be so; what was not
 * may be so.
 */
final class TopicChurn implements AutoCloseable {
  static final String PREFIX = "churned-";
  private static final long PAUSE_NS = Duration.ofMillis(100).toNanos();
  private static final int FEW = 5;

  private interface Change {
    void run() throws Exception;
  }

  private final String servers;
  private final Random random;
  private final Set<String> topics = ConcurrentHashMap.newKeySet();
  private final Set<String> inDoubt = ConcurrentHashMap.newKeySet();
  private final Queue<String> problems = new ConcurrentLinkedQueue<>();
  private final AtomicLong done = new AtomicLong();
  private final AtomicLong longestNs = new AtomicLong();
  private final Thread thread;
  private long lastDoneNs = System.nanoTime();
  private boolean failed;
  private volatile boolean open = true;

  TopicChurn(String servers, long seed) {
    this.servers = servers;
    this.random = new Random(seed);
    this.thread = Thread.ofPlatform().daemon().name("churn").start(this::run);
  }

  private void run() {
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", servers);
    // Of an attempt that the client would repeat, nobody knew that it may come late.
    config.put("retries", "0");
    config.put("request.timeout.ms", "3000");
    config.put("default.api.timeout.ms", "10000");
    config.put("reconnect.backoff.max.ms", "200");
    config.putAll(Cluster.AWAKE);
    int number = 0;
    while (open) {
      // A new client after each failure: the old one may stay with a broker that is cut off.
      failed = false;
      try (Admin admin = Admin.create(config)) {
        for (; open && !failed; number++) {
          change(admin, number);
          LockSupport.parkNanos(PAUSE_NS);
        }
      } catch (Throwable e) {
        problems.add(e.toString());
        return;
      }
    }
  }

  private void change(Admin admin, int number) throws Exception {
    List<String> some = new ArrayList<>(topics);
    if (some.size() < FEW) {
      create(admin, PREFIX + number);
      return;
    }
    String topic = some.get(random.nextInt(some.size()));
    switch (random.nextInt(3)) {
      case 0 -> delete(admin, topic);
      case 1 ->
          attempt(
              topic,
              () ->
                  admin
                      .createPartitions(Map.of(topic, NewPartitions.increaseTo(1 + number / 2)))
                      .all()
                      .get());
      default ->
          attempt(
              topic,
              () ->
                  admin
                      .incrementalAlterConfigs(
                          Map.of(
                              new ConfigResource(ConfigResource.Type.TOPIC, topic),
                              List.of(
                                  new AlterConfigOp(
                                      new ConfigEntry("retention.ms", Integer.toString(number + 1)),
                                      AlterConfigOp.OpType.SET))))
                      .all()
                      .get());
    }
  }

  private void create(Admin admin, String topic) throws Exception {
    inDoubt.add(topic);
    if (attempt(
        topic, () -> admin.createTopics(List.of(new NewTopic(topic, 1, (short) 2))).all().get())) {
      topics.add(topic);
      inDoubt.remove(topic);
    }
  }

  private void delete(Admin admin, String topic) throws Exception {
    inDoubt.add(topic);
    topics.remove(topic);
    if (attempt(topic, () -> admin.deleteTopics(List.of(topic)).all().get())) {
      inDoubt.remove(topic);
    }
  }

  /** Whether it is known to be done; an earlier attempt whose answer was lost may have done it. */
  private boolean attempt(String topic, Change change) throws Exception {
    long begunNs = System.nanoTime();
    try {
      change.run();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RetriableException
          && !(e.getCause() instanceof UnknownTopicOrPartitionException)) {
        failed = true;
        System.out.printf(
            "%s: not confirmed within %,d ms: %s%n",
            topic, Kills.millisSince(begunNs), e.getCause());
        return false;
      }
      if (!(e.getCause() instanceof TopicExistsException)
          && !(e.getCause() instanceof InvalidPartitionsException)
          && !(e.getCause() instanceof UnknownTopicOrPartitionException)) {
        problems.add(topic + ": " + e.getCause());
        return false;
      }
    }
    long nowNs = System.nanoTime();
    longestNs.accumulateAndGet(nowNs - lastDoneNs, Math::max);
    lastDoneNs = nowNs;
    done.incrementAndGet();
    return true;
  }

  /** The longest time between two changes that were confirmed, since this was last asked. */
  Duration longestPause() {
    return Duration.ofNanos(longestNs.getAndSet(0));
  }

  /** How many changes were confirmed. */
  long done() {
    return done.get();
  }

  /** Waits until so many were. */
  void awaitDone(long count) throws Exception {
    Await.until(count + " changes confirmed", Scene.FAILOVER_LIMIT, () -> done.get() >= count);
  }

  /** What has to be there. */
  Set<String> topics() {
    return Set.copyOf(topics);
  }

  /** What may be there. */
  Set<String> inDoubt() {
    return Set.copyOf(inDoubt);
  }

  /** What was refused for reasons nobody gave. */
  List<String> problems() {
    return List.copyOf(problems);
  }

  @Override
  public void close() throws InterruptedException {
    open = false;
    thread.join(TimeUnit.SECONDS.toMillis(70));
  }
}
