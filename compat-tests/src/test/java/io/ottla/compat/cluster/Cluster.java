package io.ottla.compat.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.Await;
import io.ottla.compat.broker.BrokerConfig;
import io.ottla.compat.broker.BrokerKind;
import io.ottla.compat.broker.FreePorts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.Uuid;
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

  private final List<String> roles;
  private final boolean proxied;
  private final Map<String, String> properties;
  private final UnaryOperator<BrokerConfig> adaption;
  private final PeerIdentity identity = new PeerIdentity();
  private final Map<Integer, ClusterNode> nodes = new TreeMap<>();
  private final List<Pattern> expectedComplaints = new ArrayList<>();
  private final List<Path> directories = new ArrayList<>();
  private final String clusterId = Uuid.randomUuid().toString();
  private final List<ClusterNode> strangers = new ArrayList<>();
  private Links links;
  private Admin admin;

  private Cluster(
      List<String> roles,
      boolean proxied,
      Map<String, String> properties,
      UnaryOperator<BrokerConfig> adaption) {
    this.roles = roles;
    this.proxied = proxied;
    this.properties = properties;
    this.adaption = adaption;
  }

  /** Nodes 1 to count, each of them broker and controller. */
  public static Cluster of(int count) {
    return ofRoles(Stream.generate(() -> "broker,controller").limit(count).toArray(String[]::new));
  }

  /** Nodes from 1 on, with these process.roles. */
  public static Cluster ofRoles(String... roles) {
    return new Cluster(List.of(roles), false, Map.of(), UnaryOperator.identity());
  }

  /** With a proxy before every listener, so that nodes can be cut off from each other. */
  public Cluster behindProxies() {
    return new Cluster(roles, true, properties, adaption);
  }

  /** With one property more on every node. */
  public Cluster with(String key, String value) {
    Map<String, String> more = new LinkedHashMap<>(properties);
    more.put(key, value);
    return new Cluster(roles, proxied, more, adaption);
  }

  /** With a last word on the configuration of every node. */
  public Cluster adapted(UnaryOperator<BrokerConfig> lastWord) {
    return new Cluster(roles, proxied, properties, lastWord);
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
    prepare();
    startAll();
  }

  private void prepare() throws IOException {
    if (proxied) {
      links = new Links(identity);
    }
    List<String> voters = new ArrayList<>();
    List<Integer> controllerPorts = new ArrayList<>();
    List<Integer> shownControllerPorts = new ArrayList<>();
    for (int id = 1; id <= roles.size(); id++) {
      int port = FreePorts.next();
      int shown = shown(id, port);
      controllerPorts.add(port);
      shownControllerPorts.add(shown);
      if (roles.get(id - 1).contains("controller")) {
        voters.add(id + "@127.0.0.1:" + shown);
      }
    }
    for (int id = 1; id <= roles.size(); id++) {
      BrokerConfig config =
          newConfig()
              .with("controller.quorum.voters", String.join(",", voters))
              .with("process.roles", roles.get(id - 1));
      add(id, config, controllerPorts.get(id - 1), shownControllerPorts.get(id - 1));
    }
  }

  private int shown(int nodeId, int port) throws IOException {
    return proxied ? links.standBefore(nodeId, port) : port;
  }

  private BrokerConfig newConfig() throws IOException {
    Path directory = Files.createTempDirectory("node ");
    directories.add(directory);
    BrokerConfig config = BrokerConfig.in(directory).withClusterId(clusterId);
    for (String singleNodeOnly :
        List.of(
            "offsets.topic.replication.factor",
            "transaction.state.log.replication.factor",
            "transaction.state.log.min.isr")) {
      config = config.with(singleNodeOnly, null);
    }
    return config;
  }

  private ClusterNode add(int id, BrokerConfig plain, int controllerPort, int shownController)
      throws IOException {
    BrokerConfig config = plain;
    String ownRoles = config.property("process.roles");
    int port = FreePorts.next();
    int shown = port;
    List<String> listeners = new ArrayList<>();
    List<String> advertised = new ArrayList<>();
    if (ownRoles.contains("broker")) {
      shown = shown(id, port);
      listeners.add("PLAINTEXT://127.0.0.1:" + port);
      advertised.add("PLAINTEXT://127.0.0.1:" + shown);
    }
    if (ownRoles.contains("controller")) {
      listeners.add("CONTROLLER://127.0.0.1:" + controllerPort);
      if (proxied) {
        advertised.add("CONTROLLER://127.0.0.1:" + shownController);
      }
    }
    config =
        config
            .asNode(id, ownRoles.contains("broker") ? port : controllerPort)
            .with("listeners", String.join(",", listeners))
            .with("advertised.listeners", proxied ? String.join(",", advertised) : null);
    for (Map.Entry<String, String> property : properties.entrySet()) {
      config = config.with(property.getKey(), property.getValue());
    }
    ClusterNode node = new ClusterNode(id, shown, adaption.apply(config));
    nodes.put(id, node);
    identity.register(id, node::pid);
    return node;
  }

  /** One more broker, which joins when it is started. */
  public ClusterNode addBroker(int id) throws IOException {
    BrokerConfig config =
        newConfig()
            .with("controller.quorum.voters", node(1).config().property("controller.quorum.voters"))
            .with("process.roles", "broker");
    return add(id, config, -1, -1);
  }

  /** A node with a directory of its own that does not belong here; checked like all others. */
  public ClusterNode addStranger(UnaryOperator<BrokerConfig> changes) throws IOException {
    int port = FreePorts.next();
    BrokerConfig config =
        newConfig()
            .with("controller.quorum.voters", node(1).config().property("controller.quorum.voters"))
            .with("process.roles", "broker")
            .asNode(99, port)
            .with("listeners", "PLAINTEXT://127.0.0.1:" + port)
            .with("advertised.listeners", null);
    for (Map.Entry<String, String> property : properties.entrySet()) {
      config = config.with(property.getKey(), property.getValue());
    }
    BrokerConfig changed = changes.apply(config);
    ClusterNode stranger =
        new ClusterNode(Integer.parseInt(changed.property("node.id")), port, changed);
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
    if (links != null) {
      links.mendAll();
    }
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
    Stream.concat(nodes.values().stream(), strangers.stream())
        .filter(node -> node.process() != null)
        .forEach(
            node ->
                System.err.printf(
                    "--- %s: end of the output of node %d (%s), running: %b%n%s%n---%n",
                    context.getDisplayName(),
                    node.id(),
                    node.config().directory(),
                    node.isAlive(),
                    node.process().tail()));
  }

  @Override
  public void afterAll(ExtensionContext context) throws Exception {
    List<Throwable> failures = new ArrayList<>();
    if (admin != null) {
      admin.close(Duration.ZERO);
    }
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
    if (links != null) {
      links.close();
    }
    if (failures.isEmpty() && context.getExecutionException().isEmpty()) {
      for (Path directory : directories) {
        delete(directory);
      }
    } else {
      System.err.println("Left as they are: " + directories);
    }
    if (!failures.isEmpty()) {
      AssertionError failure = new AssertionError("A node did not stop well");
      failures.forEach(failure::addSuppressed);
      throw failure;
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

  /** All brokers, as clients reach them. */
  public String bootstrapServers() {
    return brokers().stream()
        .map(node -> "127.0.0.1:" + node.clientPort())
        .collect(Collectors.joining(","));
  }

  // ---- Cutting the network

  /** Cuts a node off from every other node; clients still reach it. */
  public void isolateFromPeers(int id) {
    for (ClusterNode other : nodes.values()) {
      if (other.id() != id) {
        links.cut(id, other.id());
      }
    }
  }

  /** Cuts two nodes off from each other. */
  public void cut(int one, int other) {
    links.cut(one, other);
  }

  /** Cuts a node off from the clients; its peers still reach it. */
  public void isolateFromClients(int id) {
    links.cut(id, PeerIdentity.CLIENT);
  }

  /** Mends all cuts. */
  public void mend() {
    links.mendAll();
  }

  /** How often something between this node and any other had to wait. */
  public long heldFromPeers(int id) {
    return nodes.keySet().stream()
        .filter(other -> other != id)
        .mapToLong(other -> links.held(id, other))
        .sum();
  }

  /** How often something between these two had to wait. */
  public long held(int one, int other) {
    return links.held(one, other);
  }

  /** How often something between this node and the clients had to wait. */
  public long heldFromClients(int id) {
    return links.held(id, PeerIdentity.CLIENT);
  }

  // ---- What the cluster says

  /** An admin client of all brokers, which the cluster closes. */
  public Admin admin() {
    if (admin == null) {
      Map<String, Object> config = new HashMap<>();
      config.put("bootstrap.servers", bootstrapServers());
      config.put("request.timeout.ms", "3000");
      config.put("default.api.timeout.ms", "30000");
      config.put("reconnect.backoff.max.ms", "200");
      admin = Admin.create(config);
    }
    return admin;
  }

  /** Creates a topic with three replicas of which two must be in sync, and waits for leaders. */
  public void createTopic(String topic, int partitions) throws Exception {
    createTopic(topic, partitions, Map.of());
  }

  /** As {@link #createTopic(String, int)}, with further settings. */
  public void createTopic(String topic, int partitions, Map<String, String> configs)
      throws Exception {
    Map<String, String> all = new HashMap<>(configs);
    all.putIfAbsent("min.insync.replicas", "2");
    admin()
        .createTopics(List.of(new NewTopic(topic, partitions, (short) 3).configs(all)))
        .all()
        .get(30, TimeUnit.SECONDS);
    awaitInSync(topic, 3);
  }

  /** Creates a topic with two replicas, for which two nodes of three are enough. */
  public void createTopicWithLivingReplicas(String topic) throws Exception {
    Await.until(
        topic + " can be created",
        LIMIT,
        () -> {
          try {
            admin()
                .createTopics(List.of(new NewTopic(topic, 1, (short) 2)))
                .all()
                .get(30, TimeUnit.SECONDS);
            return true;
          } catch (ExecutionException e) {
            return e.getCause() instanceof TopicExistsException;
          }
        });
  }

  public TopicDescription describe(String topic) throws Exception {
    return admin()
        .describeTopics(List.of(topic))
        .allTopicNames()
        .get(30, TimeUnit.SECONDS)
        .get(topic);
  }

  /** The node that leads a partition, as the cluster says now. */
  public ClusterNode leaderOf(String topic, int partition) throws Exception {
    return node(describe(topic).partitions().get(partition).leader().id());
  }

  /** The node whose controller is the active one. */
  public ClusterNode activeController() throws Exception {
    return node(admin().describeMetadataQuorum().quorumInfo().get(30, TimeUnit.SECONDS).leaderId());
  }

  /** Waits until every partition has a leader and this many replicas in sync. */
  public void awaitInSync(String topic, int replicas) throws Exception {
    Await.until(
        replicas + " replicas of every partition of " + topic + " in sync",
        LIMIT,
        () -> {
          try {
            return describe(topic).partitions().stream()
                .allMatch(partition -> hasLeader(partition) && partition.isr().size() == replicas);
          } catch (ExecutionException | TimeoutException notYet) {
            return false;
          }
        });
  }

  private static boolean hasLeader(TopicPartitionInfo partition) {
    return partition.leader() != null && !partition.leader().isEmpty();
  }
}
