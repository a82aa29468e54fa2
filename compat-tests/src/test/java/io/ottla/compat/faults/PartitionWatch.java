package io.ottla.compat.faults;

import io.ottla.compat.cluster.Cluster;
import io.ottla.compat.cluster.ClusterNode;
import io.ottla.compat.wire.Frames;
import io.ottla.compat.wire.RawConnection;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsPartitionResponse;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsTopicResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ListOffsetsRequest;
import org.apache.kafka.common.requests.ResponseHeader;

/**
 * Asks every broker five times a second for the ends of the partitions that it leads: high
 * watermark, last stable offset and leader epoch, as brokers tell them to clients. None may be
 * below what any broker had answered before it was asked; only a leader of the past, which answers
 * with a lower epoch, cannot know better. One thread for each broker, past all proxies.
 */
final class PartitionWatch implements AutoCloseable {
  private static final int VERSION = 7;
  private static final long EVERY_NS = Duration.ofMillis(200).toNanos();
  private static final int MOST_TOLD = 10;

  private record Subject(TopicPartition partition, IsolationLevel isolation) {}

  private record Seen(int epoch, long offset) {
    Seen and(Seen other) {
      return new Seen(Math.max(epoch, other.epoch), Math.max(offset, other.offset));
    }
  }

  private final Map<String, Integer> topics;
  private final Map<Subject, Seen> highest = new ConcurrentHashMap<>();
  private final Queue<String> wentBack = new ConcurrentLinkedQueue<>();
  private final AtomicLong samples = new AtomicLong();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean open = true;

  /** Begins to watch these topics (with how many partitions). */
  PartitionWatch(Cluster cluster, Map<String, Integer> topics) {
    this.topics = Map.copyOf(topics);
    for (ClusterNode node : cluster.brokers()) {
      threads.add(Thread.ofPlatform().daemon().name("watch-" + node.id()).start(() -> watch(node)));
    }
  }

  private void watch(ClusterNode node) {
    while (open) {
      try (RawConnection connection = RawConnection.to(node.directPort())) {
        for (int correlation = 0; open; correlation += 2) {
          ask(node, connection, IsolationLevel.READ_UNCOMMITTED, correlation);
          ask(node, connection, IsolationLevel.READ_COMMITTED, correlation + 1);
          LockSupport.parkNanos(EVERY_NS);
        }
      } catch (IOException gone) {
        LockSupport.parkNanos(EVERY_NS);
      }
    }
  }

  private void ask(
      ClusterNode node, RawConnection connection, IsolationLevel isolation, int correlation)
      throws IOException {
    ListOffsetsRequestData request =
        new ListOffsetsRequestData().setReplicaId(-1).setIsolationLevel(isolation.id());
    topics.forEach(
        (name, partitions) -> {
          ListOffsetsTopic topic = new ListOffsetsTopic().setName(name);
          for (int i = 0; i < partitions; i++) {
            topic
                .partitions()
                .add(
                    new ListOffsetsPartition()
                        .setPartitionIndex(i)
                        .setTimestamp(ListOffsetsRequest.LATEST_TIMESTAMP));
          }
          request.topics().add(topic);
        });
    Map<Subject, Seen> before = new HashMap<>(highest);
    connection.send(Frames.of(request, VERSION, correlation));
    ByteBuffer body = connection.receive();
    ResponseHeader.parse(body, ApiKeys.LIST_OFFSETS.responseHeaderVersion((short) VERSION));
    ListOffsetsResponseData response =
        new ListOffsetsResponseData(new ByteBufferAccessor(body), (short) VERSION);
    for (ListOffsetsTopicResponse topic : response.topics()) {
      for (ListOffsetsPartitionResponse answer : topic.partitions()) {
        if (answer.errorCode() == Errors.NONE.code()) {
          Subject subject =
              new Subject(new TopicPartition(topic.name(), answer.partitionIndex()), isolation);
          judge(node, subject, before, new Seen(answer.leaderEpoch(), answer.offset()));
        }
      }
    }
  }

  private void judge(ClusterNode node, Subject subject, Map<Subject, Seen> before, Seen now) {
    samples.incrementAndGet();
    Seen floor = before.get(subject);
    if (floor != null
        && now.epoch >= floor.epoch
        && now.offset < floor.offset
        && wentBack.size() < MOST_TOLD) {
      wentBack.add("%s: %s on %s after %s".formatted(subject, now, node, floor));
    }
    highest.merge(subject, now, Seen::and);
  }

  /** How many answers were judged. */
  long samples() {
    return samples.get();
  }

  /** What went back, or the first of it. */
  List<String> wentBack() {
    return List.copyOf(wentBack);
  }

  @Override
  public void close() {
    open = false;
  }
}
