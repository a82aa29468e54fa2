package io.ottla.compat.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.Await;
import io.ottla.compat.broker.BrokerConfig;
import io.ottla.compat.broker.BrokerKind;
import io.ottla.compat.cluster.MetadataProbe.Leadership;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicExistsException;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The cluster of one test class: started before its tests, stopped after them, which is a test of
 * its own: a node that does not end well, or that reported an error nobody expected, fails the
 * class. To be registered as a static extension. The test's thread owns it.
 */
public final class Cluster
    implements BeforeAllCallback, AfterTestExecutionCallback, AfterAllCallback {
  /** What a cluster may take to be whole again after a fault is over. */
  public static final Duration LIMIT = Duration.ofSeconds(60);

  /**
   * Setting of admin clients that may meet nodes that stand still. Kafka's notices that a request
   * has timed out only when something else wakes it up, such as the age of its metadata; else it
   * waits for a lone request until the whole call has timed out.
   */
  public static final Map<String, String> AWAKE = Map.of("metadata.max.age.ms", "1000");

  private final ClusterLayout layout;
  private boolean failed;
  private final Map<Integer, ClusterNode> nodes = new TreeMap<>();
  private final List<Pattern> expectedComplaints = new ArrayList<>();
  private final List<ClusterNode> strangers = new ArrayList<>();

  private Cluster(ClusterLayout layout) {
    this.layout = layout;
  }

  /** Nodes 1 to count, each of them broker and controller. */
  public static Cluster of(int count) {
    return ofRoles(Stream.generate(() -> "broker,controller").limit(count).toArray(String[]::new));
  }

  /** Nodes from 1 on, with these process.roles. */
  public static Cluster ofRoles(String... roles) {
    return new Cluster(ClusterLayout.of(List.of(roles)));
  }

  /** With a proxy before every listener, so that nodes can be cut off from each other. */
  public Cluster behindProxies() {
    return new Cluster(layout.behindProxies());
  }

  /** With one property more on every node. */
  public Cluster with(String key, String value) {
    return new Cluster(layout.with(key, value));
  }

  /** With a last word on the configuration of every node, after those there are already. */
  public Cluster adapted(UnaryOperator<BrokerConfig> lastWord) {
    return new Cluster(layout.adapted(lastWord));
  }

  /** With timeouts that make faults show within seconds. */
  public Cluster impatient() {
    return with("broker.session.timeout.ms", "3000")
        .with("broker.heartbeat.interval.ms", "500")
        .with("replica.lag.time.max.ms", "3000");
  }

  // ---- Life

  @Override
  public void beforeAll(ExtensionContext context) throws Exception {
    open();
  }

  /** Starts it, for an owner that is no extension and calls {@link #shut} in the end. */
  public void open() throws Exception {
    layout.nodes().forEach(node -> nodes.put(node.id(), node));
    startAll();
  }

  /** One more broker, which joins when it is started. */
  public ClusterNode addBroker(int id) throws IOException {
    ClusterNode node = layout.broker(id);
    nodes.put(id, node);
    return node;
  }

  /** A node that has stopped is no longer one of the cluster's. */
  public void forget(ClusterNode stopped) {
    assertThat(stopped.isAlive()).as("%s is alive", stopped).isFalse();
    nodes.remove(stopped.id());
  }

  /** A node with a directory of its own that does not belong here; checked like all others. */
  public ClusterNode addStranger(UnaryOperator<BrokerConfig> changes) throws IOException {
    ClusterNode stranger = layout.stranger(changes);
    strangers.add(stranger);
    return stranger;
  }

  /** Starts all nodes that do not run, at once, and waits until all of them answer. */
  public void startAll() throws Exception {
    List<ClusterNode> absent = nodes.values().stream().filter(node -> !node.isAlive()).toList();
    for (ClusterNode node : absent) {
      node.launch();
    }
    for (ClusterNode node : absent) {
      node.awaitReady();
    }
    awaitAllBrokers();
  }

  /** Waits until every node that is alive counts all brokers that are alive. */
  public void awaitAllBrokers() throws Exception {
    List<Integer> alive =
        brokers().stream().filter(ClusterNode::isAlive).map(ClusterNode::id).toList();
    for (ClusterNode node : brokers()) {
      if (node.isAlive() && !node.isPaused()) {
        Await.until(
            node + " knows the brokers " + alive,
            LIMIT,
            () -> MetadataProbe.askOnce(node.directPort()).brokers().containsAll(alive));
      }
    }
  }

  /** Mends, resumes and restarts what tests left behind, and waits until all brokers are there. */
  public void makeWhole() throws Exception {
    network().mend();
    for (ClusterNode node : nodes.values()) {
      if (node.isPaused()) {
        node.resume();
      }
    }
    startAll();
  }

  @Override
  public void afterTestExecution(ExtensionContext context) {
    if (context.getExecutionException().isEmpty()) {
      return;
    }
    failed = true;
    showOutput(context.getDisplayName());
  }

  /** Prints the last lines of every node, for a test of this name that has failed. */
  public void showOutput(String test) {
    Stream.concat(nodes.values().stream(), strangers.stream())
        .filter(node -> node.process() != null)
        .forEach(
            node ->
                System.err.printf(
                    "--- %s: end of the output of node %d (%s), running: %b%n%s%n---%n",
                    test,
                    node.id(),
                    node.config().directory(),
                    node.isAlive(),
                    node.process().tail()));
  }

  @Override
  public void afterAll(ExtensionContext context) throws Exception {
    try {
      stopAll();
    } catch (AssertionError e) {
      failed = true;
      throw e;
    } finally {
      shut(failed || context.getExecutionException().isPresent());
    }
  }

  /** Stops all nodes and fails if one does not end well, or reported what nobody expected. */
  public void stopAll() throws Exception {
    List<Throwable> failures = new ArrayList<>();
    List<ClusterNode> all = new ArrayList<>(nodes.values());
    all.addAll(strangers);
    for (ClusterNode node : all) {
      if (node.isPaused()) {
        node.resume();
      }
      if (node.isAlive()) {
        node.process().terminate();
      }
    }
    for (ClusterNode node : all) {
      try {
        if (node.process() != null) {
          if (nodes.containsValue(node)) {
            node.process().awaitStopped();
          } else {
            node.process().awaitExit(LIMIT);
          }
          BrokerKind.UNDER_TEST.checkOutput(node.process(), this::isExpected);
        }
      } catch (AssertionError e) {
        failures.add(e);
      }
    }
    if (!failures.isEmpty()) {
      AssertionError failure = new AssertionError("A node did not stop well");
      failures.forEach(failure::addSuppressed);
      throw failure;
    }
  }

  /** Ends what still runs, and deletes all files unless somebody may want to look at them. */
  public void shut(boolean keepFiles) throws Exception {
    for (ClusterNode node : nodes()) {
      if (node.isAlive()) {
        node.kill();
      }
    }
    network().close();
    if (keepFiles) {
      System.err.println("Left as they are: " + layout.directories());
      return;
    }
    for (Path directory : layout.directories()) {
      delete(directory);
    }
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> paths = Files.walk(directory)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }

  /** Lines with this in them are no reason to fail, though they complain. */
  public void expectComplaint(String regex) {
    expectedComplaints.add(Pattern.compile(regex));
  }

  private boolean isExpected(String line) {
    return expectedComplaints.stream().anyMatch(pattern -> pattern.matcher(line).find());
  }

  // ---- What nodes print

  /** How much every node has printed so far. */
  public Map<Integer, Long> outputPositions() throws IOException {
    Map<Integer, Long> positions = new HashMap<>();
    for (ClusterNode node : nodes.values()) {
      positions.put(node.id(), node.outputPosition());
    }
    return positions;
  }

  /** As {@link #outputPositions}, of one node. */
  public Map<Integer, Long> positionsOf(ClusterNode node, long position) throws IOException {
    Map<Integer, Long> positions = outputPositions();
    positions.put(node.id(), position);
    return positions;
  }

  /**
   * Waits until some node says in one line what happened; only Ottla promises this. The regular
   * expression is looked for in what was printed since those positions.
   */
  public void expectSaid(Map<Integer, Long> since, String regex) throws Exception {
    if (BrokerKind.UNDER_TEST != BrokerKind.OTTLA) {
      return;
    }
    Pattern pattern = Pattern.compile(regex);
    List<String> said = new ArrayList<>();
    Await.until(
        "a node says: " + regex,
        Duration.ofSeconds(10),
        () -> {
          said.clear();
          for (ClusterNode node : nodes.values()) {
            node.outputSince(since.getOrDefault(node.id(), 0L)).stream()
                .filter(line -> pattern.matcher(line).find())
                .forEach(line -> said.add(node + ": " + line));
          }
          return !said.isEmpty();
        });
    System.out.println(said.getFirst());
  }

  // ---- Who is there

  public ClusterNode node(int id) {
    ClusterNode node = nodes.get(id);
    assertThat(node).as("node %d", id).isNotNull();
    return node;
  }

  public List<ClusterNode> nodes() {
    return List.copyOf(nodes.values());
  }

  /** The nodes that are brokers. */
  public List<ClusterNode> brokers() {
    return nodes.values().stream().filter(ClusterNode::isBroker).toList();
  }

  /** All brokers but this one. */
  public List<ClusterNode> othersThan(int id) {
    return brokers().stream().filter(node -> node.id() != id).toList();
  }

  /** Whether a node can take part: it runs, and nothing was done to it that has not been undone. */
  private boolean fit(ClusterNode node) {
    return node != null && node.isAlive() && !node.isPaused() && !network().isCutOff(node.id());
  }

  private List<ClusterNode> fitBrokers() {
    return brokers().stream().filter(this::fit).toList();
  }

  /** The ways between the nodes, which can be cut in a cluster behind proxies. */
  public Network network() {
    return layout.network();
  }

  /** All brokers, as clients reach them. */
  public String bootstrapServers() {
    return brokers().stream()
        .map(node -> "127.0.0.1:" + node.clientPort())
        .collect(Collectors.joining(","));
  }

  // ---- What the cluster says

  /** A new admin client of the brokers that are fit; the caller closes it. */
  public Admin admin() {
    Map<String, Object> config = new HashMap<>();
    config.put(
        "bootstrap.servers",
        fitBrokers().stream()
            .map(node -> "127.0.0.1:" + node.clientPort())
            .collect(Collectors.joining(",")));
    config.put("request.timeout.ms", "5000");
    config.put("default.api.timeout.ms", "120000");
    config.putAll(AWAKE);
    return Admin.create(config);
  }

  private void create(NewTopic topic) throws Exception {
    try (Admin admin = admin()) {
      admin.createTopics(List.of(topic)).all().get(150, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof TopicExistsException)) { // made by an attempt that was lost
        throw e;
      }
    }
  }

  /** How many replicas the topics of tests have: three, or as many as there are brokers. */
  public int replicas() {
    return Math.min(3, brokers().size());
  }

  private Map<String, String> withMinInSync(Map<String, String> configs) {
    Map<String, String> all = new HashMap<>(configs);
    all.putIfAbsent("min.insync.replicas", Integer.toString(Math.min(2, replicas())));
    return all;
  }

  /**
   * Creates a topic with three replicas of which two must be in sync, and waits for leaders; with
   * less where there are fewer brokers.
   */
  public void createTopic(String topic, int partitions) throws Exception {
    createTopic(topic, partitions, Map.of());
  }

  /** As {@link #createTopic(String, int)}, with further settings. */
  public void createTopic(String topic, int partitions, Map<String, String> configs)
      throws Exception {
    create(new NewTopic(topic, partitions, (short) replicas()).configs(withMinInSync(configs)));
    awaitInSync(topic, replicas());
  }

  /** Creates a topic of one partition on all three nodes of which this one is to lead. */
  public void createTopicOn(String topic, int leader) throws Exception {
    createTopicOn(topic, leader, Map.of());
  }

  /** As {@link #createTopicOn(String, int)}, with further settings. */
  public void createTopicOn(String topic, int leader, Map<String, String> configs)
      throws Exception {
    List<Integer> replicas = new ArrayList<>(List.of(leader));
    othersThan(leader).forEach(node -> replicas.add(node.id()));
    create(new NewTopic(topic, Map.of(0, replicas)).configs(withMinInSync(configs)));
    awaitInSync(topic, replicas.size());
  }

  /** Creates a topic with two replicas, for which two nodes of three are enough. */
  public void createTopicWithLivingReplicas(String topic) throws Exception {
    create(new NewTopic(topic, 1, (short) 2));
  }

  /**
   * The node that leads a partition, as all brokers that are fit say, once they agree on one that
   * is fit.
   */
  public ClusterNode leaderOf(String topic, int partition) throws Exception {
    Set<Integer> named = new HashSet<>();
    Await.until(
        "the brokers agree on who leads " + topic + "-" + partition,
        LIMIT,
        () -> {
          named.clear();
          for (ClusterNode node : fitBrokers()) {
            Leadership leadership =
                MetadataProbe.askOnce(node.directPort(), topic)
                    .partitions()
                    .get(new TopicPartition(topic, partition));
            named.add(leadership == null ? -1 : leadership.leaderId());
          }
          return named.size() == 1 && fit(nodes.get(named.iterator().next()));
        });
    return node(named.iterator().next());
  }

  /** The nodes that have a partition, in sync, as one of them says. */
  public List<ClusterNode> replicasOf(String topic, int partition) throws Exception {
    Leadership leadership =
        MetadataProbe.askOnce(leaderOf(topic, partition).directPort(), topic)
            .partitions()
            .get(new TopicPartition(topic, partition));
    return leadership.isr().stream().map(this::node).toList();
  }

  /** The node whose controller is the active one, as some fit controller says. */
  public ClusterNode activeController() throws Exception {
    Set<Integer> named = new HashSet<>();
    Await.until(
        "there is an active controller",
        LIMIT,
        () -> {
          named.clear();
          for (ClusterNode node : nodes.values()) {
            if (node.controllerPort() != -1 && fit(node)) {
              named.add(QuorumProbe.leader(node.controllerPort()));
            }
          }
          named.remove(-1);
          return named.size() == 1 && fit(nodes.get(named.iterator().next()));
        });
    return node(named.iterator().next());
  }

  /** Waits until fit brokers say that every partition has a leader and this many in sync. */
  public void awaitInSync(String topic, int replicas) throws Exception {
    Await.until(
        replicas + " replicas of every partition of " + topic + " in sync",
        LIMIT,
        () ->
            fitBrokers().stream()
                .allMatch(
                    node -> isInSync(MetadataProbe.askOnce(node.directPort(), topic), replicas)));
  }

  private static boolean isInSync(MetadataProbe.Answer answer, int replicas) {
    return !answer.partitions().isEmpty()
        && answer.partitions().values().stream()
            .allMatch(partition -> partition.leaderId() >= 0 && partition.isr().size() == replicas);
  }
}
