package io.ottla.bench.cluster;

import io.ottla.bench.Deadline;
import io.ottla.bench.MeasurementException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.QuorumInfo;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** What the cluster says of itself to a stock admin client with its defaults. */
final class ClusterView implements AutoCloseable {

  private static final int ANSWER_SECONDS = 90;
  private static final int STATE_SECONDS = 90;

  private final Cluster cluster;
  private final Admin admin;

  ClusterView(Cluster cluster) {
    this.cluster = cluster;
    this.admin = admin(cluster);
  }

  /** A client with its defaults that knows of all nodes. */
  static Admin admin(Cluster cluster) {
    return Admin.create(
        Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, cluster.clients().bootstrap()));
  }

  /** Which node is the active controller, and in which epoch of the quorum. */
  record ActiveController(int nodeId, long epoch) {}

  ActiveController controller() {
    QuorumInfo quorum =
        get(admin.describeMetadataQuorum().quorumInfo(), "the quorum was not described");
    return new ActiveController(quorum.leaderId(), quorum.leaderEpoch());
  }

  void create(NewTopic topic) {
    get(admin.createTopics(List.of(topic)).all(), "topic " + topic.name() + " was not created");
  }

  /** Creates a topic of one partition on all nodes, led by this one. */
  void createLedBy(String topic, int leader) {
    List<Integer> replicas = new ArrayList<>(Cluster.nodeIds());
    replicas.remove(Integer.valueOf(leader));
    replicas.addFirst(leader);
    create(new NewTopic(topic, Map.of(0, replicas)));
    awaitLeader(topic, leader);
  }

  private void awaitLeader(String topic, int leader) {
    await(20, topic + " led by node " + leader, () -> leaders(topic).equals(List.of(leader)));
  }

  /** The leader of each partition, -1 for none. */
  List<Integer> leaders(String topic) {
    return describe(topic).partitions().stream()
        .map(partition -> Optional.ofNullable(partition.leader()).map(Node::id).orElse(-1))
        .toList();
  }

  /** Without partitions if the node that was asked has not heard of the topic yet. */
  TopicDescription describe(String topic) {
    return get(
        admin
            .describeTopics(List.of(topic))
            .topicNameValues()
            .get(topic)
            .toCompletionStage()
            .toCompletableFuture()
            .exceptionally(
                failure -> {
                  Throwable cause = failure.getCause() == null ? failure : failure.getCause();
                  if (cause instanceof UnknownTopicOrPartitionException) {
                    return new TopicDescription(topic, false, List.of());
                  }
                  throw new CompletionException(cause);
                }),
        "topic " + topic + " was not described");
  }

  /** Waits until all nodes are brokers that take part, and in sync for these topics. */
  long awaitAllInSync(Collection<String> topics) {
    await(20, "all nodes are up", () -> liveBrokers() == Cluster.NODES);
    long atNs = System.nanoTime();
    for (String topic : topics) {
      atNs =
          await(
              20,
              "all replicas of " + topic + " are in sync",
              () -> isr(topic).allMatch(isr -> isr.size() == Cluster.NODES));
    }
    return atNs;
  }

  /** Waits until the cluster has noticed that this node no longer holds what is written. */
  void awaitOutOfSync(String topic, int nodeId) {
    await(
        20,
        "node " + nodeId + " is out of sync for " + topic,
        () -> isr(topic).noneMatch(isr -> isr.stream().anyMatch(node -> node.id() == nodeId)));
  }

  private Stream<List<Node>> isr(String topic) {
    List<TopicPartitionInfo> partitions = describe(topic).partitions();
    // A topic nobody has heard of has nobody in sync.
    return partitions.isEmpty()
        ? Stream.of(List.of())
        : partitions.stream().map(TopicPartitionInfo::isr);
  }

  private int liveBrokers() {
    return get(admin.describeCluster().nodes(), "the cluster was not described").size();
  }

  private long await(long everyMs, String what, BooleanSupplier condition) {
    try {
      return Deadline.in(STATE_SECONDS, what).await(everyMs, condition, cluster::tails);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MeasurementException("interrupted", e);
    }
  }

  private <T> T get(Future<T> answer, String failure) {
    try {
      return answer.get(ANSWER_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new MeasurementException(failure + "\n" + cluster.tails(), e.getCause());
    } catch (TimeoutException e) {
      throw new MeasurementException(failure + "\n" + cluster.tails(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MeasurementException("interrupted", e);
    }
  }

  @Override
  public void close() {
    admin.close();
  }
}
