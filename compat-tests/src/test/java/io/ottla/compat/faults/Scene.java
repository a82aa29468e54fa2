package io.ottla.compat.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.Await;
import io.ottla.compat.cluster.Cluster;
import io.ottla.compat.cluster.ClusterNode;
import io.ottla.compat.cluster.LogEnds;
import io.ottla.compat.cluster.MetadataProbe;
import io.ottla.compat.cluster.MetadataProbe.Leadership;
import io.ottla.compat.cluster.RequestFaults;
import io.ottla.compat.cluster.Workload;
import io.ottla.compat.faults.Cell.Load;
import io.ottla.compat.faults.Cell.Trait;
import io.ottla.compat.faults.GroupLoad.Protocol;
import io.ottla.compat.transaction.TransactionLoad;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.common.TopicPartition;

/**
 * One run of a cell: its cluster, its clients, and the book of what was done to them. A cell's plan
 * does things to the cluster, proves that they happened by {@link #proved}, and asks for progress.
 * Afterwards everything is mended, all clients come to their end, and {@link Verdicts} judges what
 * they and the brokers' files show. The thread that plays it owns it.
 */
final class Scene {
  static final String QUEUE = "queue";
  static final int PARTITIONS = 8;

  /** A session, a lost request and an election, on a machine that has more to do than this. */
  static final Duration FAILOVER_LIMIT = Duration.ofSeconds(30);

  private final Cell cell;
  private final FaultSet set;
  private final long seed;
  private final Random random;
  private final Cluster cluster;
  private final List<String> proofs = new ArrayList<>();
  private final List<GroupLoad> groups = new ArrayList<>();
  private final RequestFaults requests;
  private final long beganNs = System.nanoTime();
  private Workload queue;
  private TransactionLoad transactions;
  private KeyLoad keys;
  private PartitionWatch watch;

  Scene(Cell cell, FaultSet set, long seed) {
    this.cell = cell;
    this.set = set;
    this.seed = seed;
    this.random = new Random(seed);
    this.cluster =
        cell.cluster()
            .apply(
                Cluster.ofRoles(cell.roles().toArray(String[]::new))
                    .impatient()
                    .with("transaction.abort.timed.out.transaction.cleanup.interval.ms", "1000")
                    .adapted(config -> config.withQuickGroups().withHeap("-Xms48m", "-Xmx256m")));
    this.requests =
        cell.traits().contains(Trait.REQUESTS_DISTURBED)
            ? cluster.network().disturbRequests(seed)
            : null;
  }

  /** Plays the whole cell; what it throws is what was wrong. */
  void play() throws Exception {
    cluster.open();
    tell("the cluster is there");
    startLoads();
    tell("all clients are at work");
    cell.plan().happen(this);
    tell("the plan has come to its end");
    cluster.makeWhole();
    new Verdicts(this).judge();
    tell("everything was judged");
  }

  /** Says what the run has come to. */
  void tell(String what) {
    System.out.printf(
        "%s: %s after %.1f s%n", cell.id(), what, (System.nanoTime() - beganNs) / 1e9);
  }

  private void startLoads() throws Exception {
    Map<String, Integer> watched = new HashMap<>();
    if (has(Load.QUEUE)) {
      queue =
          Workload.start(cluster, QUEUE, Workload.Shape.queue(PARTITIONS, cell.topicSettings()));
      watched.put(QUEUE, PARTITIONS);
      groups.add(group(Protocol.CONSUMER));
    }
    if (has(Load.GROUPS)) {
      groups.add(group(Protocol.CLASSIC));
      groups.add(group(Protocol.COOPERATIVE));
    }
    if (has(Load.TRANSACTIONS)) {
      for (String topic : List.of(TransactionLoad.INPUT, TransactionLoad.OUTPUT)) {
        cluster.createTopic(topic, TransactionLoad.PARTITIONS);
        watched.put(topic, TransactionLoad.PARTITIONS);
      }
      transactions = TransactionLoad.start(cluster.bootstrapServers(), seed);
      transactions.awaitProgress(2);
    }
    if (has(Load.KEYS)) {
      keys = KeyLoad.start(cluster, seed);
      watched.put(KeyLoad.TOPIC, KeyLoad.PARTITIONS);
    }
    if (!watched.isEmpty()) {
      watch = new PartitionWatch(cluster, watched);
    }
    for (GroupLoad group : groups) {
      group.awaitSettled();
    }
  }

  private GroupLoad group(Protocol protocol) {
    return new GroupLoad(cluster, QUEUE, PARTITIONS, protocol, 2);
  }

  /** Ends the clients and the nodes, whatever they are at; keeps the files if somebody may ask. */
  void end(boolean failed, boolean keepFiles) throws Exception {
    if (failed) {
      cluster.showOutput(cell.toString());
    }
    if (watch != null) {
      watch.close();
    }
    if (queue != null) {
      queue.close();
    }
    if (keys != null) {
      keys.close();
    }
    if (failed) {
      // Clients wait for brokers; those that are left are daemons and end with this process.
      groups.forEach(GroupLoad::abandon);
    } else if (transactions != null) {
      transactions.close();
    }
    cluster.shut(failed || keepFiles);
  }

  // ---- For plans

  Cell cell() {
    return cell;
  }

  /** Draws what a plan leaves open. */
  Random random() {
    return random;
  }

  long seed() {
    return seed;
  }

  Cluster cluster() {
    return cluster;
  }

  /** The value for the set that is run. */
  int of(int ifShort, int ifChange, int ifNightly) {
    return set.of(ifShort, ifChange, ifNightly);
  }

  Workload queue() {
    return queue;
  }

  TransactionLoad transactions() {
    return transactions;
  }

  KeyLoad keys() {
    return keys;
  }

  /** What can happen to single requests, in a cell where they are disturbed. */
  RequestFaults requests() {
    return requests;
  }

  List<GroupLoad> groups() {
    return groups;
  }

  PartitionWatch watch() {
    return watch;
  }

  boolean has(Load load) {
    return cell.loads().contains(load)
        && !(set == FaultSet.SHORT && cell.notInShort().contains(load));
  }

  /** Books something that happened, with what shows that it did. */
  void proved(String what, Object... arguments) {
    String proof = what.formatted(arguments);
    proofs.add(proof);
    tell(proof);
  }

  List<String> proofs() {
    return proofs;
  }

  /** Whatever is at work gets on: 100 writes all over the queue, and commits of every team. */
  void awaitProgress() throws Exception {
    if (queue != null) {
      queue.awaitProgress(13, FAILOVER_LIMIT);
    }
    if (transactions != null) {
      transactions.awaitProgress(2);
    }
    if (keys != null) {
      keys.awaitProgress(100);
    }
  }

  /** So many operations are acknowledged, in whatever partitions. */
  void awaitSomeProgress() throws Exception {
    long before = queue.history().acknowledged();
    Await.until(
        "100 more acknowledged writes to any partition",
        FAILOVER_LIMIT,
        () -> queue.history().acknowledged() >= before + 100);
  }

  /** All replicas of all loads' topics are in sync again. */
  void awaitInSync() throws Exception {
    cluster.awaitAllBrokers();
    for (String topic : topics()) {
      cluster.awaitInSync(topic, cluster.replicas());
    }
  }

  /** The topics of the loads. */
  List<String> topics() {
    List<String> topics = new ArrayList<>();
    if (has(Load.QUEUE)) {
      topics.add(QUEUE);
    }
    if (has(Load.TRANSACTIONS)) {
      topics.add(TransactionLoad.INPUT);
      topics.add(TransactionLoad.OUTPUT);
    }
    if (has(Load.KEYS)) {
      topics.add(KeyLoad.TOPIC);
    }
    return topics;
  }

  /** What a broker that is fit says of a partition of the queue. */
  Leadership leadership(int partition) throws Exception {
    ClusterNode leader = cluster.leaderOf(QUEUE, partition);
    return MetadataProbe.askOnce(leader.directPort(), QUEUE)
        .partitions()
        .get(new TopicPartition(QUEUE, partition));
  }

  /** Waits until a partition of the queue has another leader, whose epoch is a higher one. */
  Leadership awaitNewLeader(int partition, Leadership before) throws Exception {
    List<Leadership> found = new ArrayList<>();
    Await.until(
        "partition %d is led by another than %s".formatted(partition, before),
        FAILOVER_LIMIT,
        () -> {
          Leadership now = leadership(partition);
          found.add(now);
          return now != null && now.leaderId() != before.leaderId();
        });
    Leadership after = found.getLast();
    assertThat(after.leaderEpoch()).as("leader epoch").isGreaterThan(before.leaderEpoch());
    return after;
  }

  /** A partition of the queue, drawn. */
  int drawPartition() {
    return random.nextInt(PARTITIONS);
  }

  /** A broker, drawn. */
  ClusterNode drawBroker() {
    List<ClusterNode> brokers = cluster.brokers();
    return brokers.get(random.nextInt(brokers.size()));
  }

  /** Lets so much time pass, in which faults have their effect. */
  void last(Duration duration) {
    Await.elapsed(System.nanoTime(), duration);
  }

  /** Where a partition ends, as its leader says. */
  long endOf(TopicPartition partition) throws Exception {
    return LogEnds.of(cluster, List.of(partition)).get(partition);
  }

  /** How many operations were confirmed: writes, transactions, records read by groups. */
  long operations() {
    long sum = groups.stream().mapToLong(GroupLoad::read).sum();
    if (queue != null) {
      sum += queue.history().acknowledged();
    }
    if (transactions != null) {
      sum += transactions.history().log().acknowledged();
    }
    if (keys != null) {
      sum += keys.acknowledged();
    }
    return sum;
  }
}
