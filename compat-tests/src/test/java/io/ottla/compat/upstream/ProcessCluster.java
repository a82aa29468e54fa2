package io.ottla.compat.upstream;

import io.ottla.compat.broker.BrokerConfig;
import io.ottla.compat.broker.BrokerKind;
import io.ottla.compat.broker.FreePorts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/**
 * The nodes that some settings ask for: their directories, ports and processes. One test has it at
 * a time; its threads may all use it.
 */
final class ProcessCluster {
  private static final String HOST = "localhost";

  /** These processes do not live long enough for the slower compiler to pay. */
  private static final String[] JVM_OPTIONS = {"-Xms64m", "-Xmx512m", "-XX:TieredStopAtLevel=1"};

  private final ClusterSettings settings;
  private final String clusterId = Uuid.randomUuid().toString();
  private final Path directory;
  private final Map<Integer, OutsideNode> nodes = new TreeMap<>();

  private ProcessCluster(ClusterSettings settings, Path directory) {
    this.settings = settings;
    this.directory = directory;
  }

  /** Lays the cluster out; nothing runs yet. */
  static ProcessCluster of(ClusterSettings settings) throws IOException {
    ProcessCluster cluster =
        new ProcessCluster(settings, Files.createTempDirectory("upstream-cluster-"));
    Map<Integer, Integer> controllerPorts = new TreeMap<>();
    settings.controllerIds().forEach(id -> controllerPorts.put(id, FreePorts.next()));
    for (int id : settings.nodeIds()) {
      cluster.nodes.put(id, cluster.node(id, controllerPorts));
    }
    return cluster;
  }

  private OutsideNode node(int id, Map<Integer, Integer> controllerPorts) throws IOException {
    boolean broker = settings.brokerIds().contains(id);
    boolean controller = controllerPorts.containsKey(id);
    List<String> roles = new ArrayList<>();
    List<String> listeners = new ArrayList<>();
    int port = broker ? FreePorts.next() : controllerPorts.get(id);
    if (broker) {
      roles.add("broker");
      listeners.add(settings.brokerListener() + "://" + HOST + ":" + port);
    }
    if (controller) {
      roles.add("controller");
      listeners.add(settings.controllerListener() + "://" + HOST + ":" + controllerPorts.get(id));
    }
    Path home = directory.resolve("node-" + id);
    Map<String, String> properties = new LinkedHashMap<>(settings.properties());
    properties.put("process.roles", String.join(",", roles));
    properties.put("node.id", Integer.toString(id));
    properties.put(
        "log.dirs",
        IntStream.range(0, broker ? settings.disksPerBroker() : 1)
            .mapToObj(disk -> home.resolve("data" + disk).toString())
            .collect(Collectors.joining(",")));
    properties.putIfAbsent(
        "listener.security.protocol.map",
        settings.brokerListener()
            + ":"
            + settings.brokerProtocol().name
            + ","
            + settings.controllerListener()
            + ":"
            + settings.controllerProtocol().name);
    properties.putIfAbsent("listeners", String.join(",", listeners));
    properties.putIfAbsent("inter.broker.listener.name", settings.brokerListener());
    properties.putIfAbsent("controller.listener.names", settings.controllerListener());
    properties.putAll(quorum(controllerPorts));
    if ((broker && settings.brokerProtocol() == SecurityProtocol.SASL_PLAINTEXT)
        || (controller && settings.controllerProtocol() == SecurityProtocol.SASL_PLAINTEXT)) {
      PlainLogins.PROPERTIES.forEach(properties::putIfAbsent);
    }
    if (BrokerKind.UNDER_TEST == BrokerKind.KAFKA) {
      properties.putIfAbsent("log.cleaner.dedupe.buffer.size", "2097152");
    }
    if (broker) {
      properties.remove("controller.quorum.auto.join.enable");
    }
    properties.putAll(settings.propertiesOfNodes().getOrDefault(id, Map.of()));
    properties.putIfAbsent("unstable.feature.versions.enable", "true");
    properties.putIfAbsent("unstable.api.versions.enable", "true");
    BrokerConfig config =
        BrokerConfig.bare(home, port, properties).withClusterId(clusterId).withHeap(jvmOptions());
    if (!settings.formatArguments().isEmpty() || settings.standalone()) {
      config = config.withFormatArguments(settings.formatArguments());
    }
    return new OutsideNode(id, controller ? controllerPorts.get(id) : -1, config, properties);
  }

  private String[] jvmOptions() throws IOException {
    return settings.brokerProtocol() == SecurityProtocol.SASL_PLAINTEXT
        ? PlainLogins.addTo(JVM_OPTIONS)
        : JVM_OPTIONS;
  }

  private Map<String, String> quorum(Map<Integer, Integer> controllerPorts) {
    return settings.standalone()
        ? Map.of(
            "controller.quorum.bootstrap.servers", addresses(controllerPorts.values().stream()))
        : Map.of(
            "controller.quorum.voters",
            controllerPorts.entrySet().stream()
                .map(controller -> controller.getKey() + "@" + HOST + ":" + controller.getValue())
                .collect(Collectors.joining(",")));
  }

  private static String addresses(Stream<Integer> ports) {
    return ports.map(port -> HOST + ":" + port).collect(Collectors.joining(","));
  }

  ClusterSettings settings() {
    return settings;
  }

  String clusterId() {
    return clusterId;
  }

  List<OutsideNode> brokers() {
    return nodes.values().stream().filter(OutsideNode::isBroker).toList();
  }

  List<OutsideNode> controllers() {
    return nodes.values().stream().filter(OutsideNode::isController).toList();
  }

  List<OutsideNode> livingBrokers() {
    return brokers().stream().filter(OutsideNode::isAlive).toList();
  }

  OutsideNode broker(int id) {
    OutsideNode node = nodes.get(id);
    if (node == null || !node.isBroker()) {
      throw new IllegalArgumentException("Unknown brokerId " + id);
    }
    return node;
  }

  String bootstrapServers() {
    return addresses(brokers().stream().map(OutsideNode::port));
  }

  String bootstrapControllers() {
    return addresses(controllers().stream().map(OutsideNode::controllerPort));
  }

  /** Starts all nodes at once and waits until all brokers serve. */
  void start() throws Exception {
    for (OutsideNode node : nodes.values()) {
      node.launch();
    }
    for (OutsideNode node : nodes.values()) {
      node.awaitServing();
    }
  }

  boolean isAllAlive() {
    return nodes.values().stream().allMatch(OutsideNode::isAlive);
  }

  /** Ends all processes and removes all they have written. */
  void close() throws Exception {
    for (OutsideNode node : nodes.values()) {
      // What the cluster holds is of no more use, so nothing is lost by not waiting for the end.
      node.kill();
    }
    try (Stream<Path> paths = Files.walk(directory)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }

  /** Keeps what the nodes have printed so far. */
  void copyOutput(Path target) throws IOException {
    Files.createDirectories(target);
    for (OutsideNode node : nodes.values()) {
      if (Files.exists(node.outputFile())) {
        Files.copy(
            node.outputFile(),
            target.resolve("node-" + node.id() + ".out"),
            StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }
}
