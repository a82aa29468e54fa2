package io.ottla.compat.broker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;

/**
 * How one broker is started: its directory, its server.properties, further arguments, heap.
 * Immutable; the defaults are a single node that is broker and controller, on free ports of
 * 127.0.0.1, in words stock Kafka understands too.
 */
public final class BrokerConfig {
  private final Path directory;
  private final int port;
  private final Map<String, String> properties;
  private final List<String> arguments;
  private final List<String> heapOptions;
  private final String clusterId;
  private final List<String> formatArguments;
  private final boolean formatted;
  private final Map<String, String> environment;
  private final BrokerKind kind;

  private BrokerConfig(
      Path directory,
      int port,
      Map<String, String> properties,
      List<String> arguments,
      List<String> heapOptions,
      String clusterId,
      List<String> formatArguments,
      boolean formatted,
      Map<String, String> environment,
      BrokerKind kind) {
    this.kind = kind;
    this.directory = directory;
    this.port = port;
    this.properties = properties;
    this.arguments = arguments;
    this.heapOptions = heapOptions;
    this.clusterId = clusterId;
    this.formatArguments = formatArguments;
    this.formatted = formatted;
    this.environment = environment;
  }

  /** The defaults, with everything the broker writes below the directory. */
  public static BrokerConfig in(Path directory) {
    int port = FreePorts.next();
    int controllerPort = FreePorts.next();
    Map<String, String> properties = new LinkedHashMap<>();
    properties.put("process.roles", "broker,controller");
    properties.put("node.id", "1");
    properties.put("controller.quorum.voters", "1@127.0.0.1:" + controllerPort);
    properties.put("controller.listener.names", "CONTROLLER");
    properties.put(
        "listeners", "PLAINTEXT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controllerPort);
    properties.put("log.dirs", directory.resolve("data").toString());
    properties.put("num.partitions", "1");
    properties.put("offsets.topic.replication.factor", "1");
    properties.put("offsets.topic.num.partitions", "4");
    properties.put("transaction.state.log.replication.factor", "1");
    properties.put("transaction.state.log.min.isr", "1");
    properties.put("transaction.state.log.num.partitions", "4");
    properties.put("group.initial.rebalance.delay.ms", "0");
    properties.putAll(BrokerKind.UNDER_TEST.properties());
    return new BrokerConfig(
        directory,
        port,
        properties,
        List.of(),
        List.of(),
        Uuid.randomUuid().toString(),
        List.of(),
        false,
        Map.of(),
        BrokerKind.UNDER_TEST);
  }

  /** With these properties and no others; where it writes, and where it listens, is among them. */
  public static BrokerConfig bare(Path directory, int port, Map<String, String> properties) {
    return new BrokerConfig(
        directory,
        port,
        new LinkedHashMap<>(properties),
        List.of(),
        List.of(),
        Uuid.randomUuid().toString(),
        List.of(),
        false,
        Map.of(),
        BrokerKind.UNDER_TEST);
  }

  /** With one property added or changed; a null value takes it out. */
  public BrokerConfig with(String key, String value) {
    Map<String, String> changed = new LinkedHashMap<>(properties);
    if (value == null) {
      changed.remove(key);
    } else {
      changed.put(key, value);
    }
    return new BrokerConfig(
        directory,
        port,
        changed,
        arguments,
        heapOptions,
        clusterId,
        formatArguments,
        formatted,
        environment,
        kind);
  }

  /** With consumer groups that heartbeat often and may be given short sessions. */
  public BrokerConfig withQuickGroups() {
    return with("group.consumer.min.heartbeat.interval.ms", "50")
        .with("group.consumer.heartbeat.interval.ms", "300")
        .with("group.consumer.min.session.timeout.ms", "1000")
        .with("group.min.session.timeout.ms", "1000");
  }

  /** With further arguments after the properties file. */
  public BrokerConfig withArguments(String... more) {
    List<String> extended = new ArrayList<>(arguments);
    extended.addAll(List.of(more));
    return new BrokerConfig(
        directory,
        port,
        properties,
        List.copyOf(extended),
        heapOptions,
        clusterId,
        formatArguments,
        formatted,
        environment,
        kind);
  }

  /** With these JVM options in place of the default heap. */
  public BrokerConfig withHeap(String... options) {
    return new BrokerConfig(
        directory,
        port,
        properties,
        arguments,
        List.of(options),
        clusterId,
        formatArguments,
        formatted,
        environment,
        kind);
  }

  /** With this id for storage that has to be formatted before the first start. */
  public BrokerConfig withClusterId(String id) {
    return new BrokerConfig(
        directory,
        port,
        properties,
        arguments,
        heapOptions,
        id,
        formatArguments,
        formatted,
        environment,
        kind);
  }

  /**
   * With storage that is formatted before the first start, even if the broker would do so itself.
   */
  public BrokerConfig withFormattedStorage() {
    return new BrokerConfig(
        directory,
        port,
        properties,
        arguments,
        heapOptions,
        clusterId,
        formatArguments,
        true,
        environment,
        kind);
  }

  /** With storage that is formatted before the first start, with further arguments. */
  public BrokerConfig withFormatArguments(List<String> more) {
    return new BrokerConfig(
        directory,
        port,
        properties,
        arguments,
        heapOptions,
        clusterId,
        List.copyOf(more),
        true,
        environment,
        kind);
  }

  /** With these variables in the environment of the process. */
  public BrokerConfig withEnvironment(Map<String, String> variables) {
    return new BrokerConfig(
        directory,
        port,
        properties,
        arguments,
        heapOptions,
        clusterId,
        formatArguments,
        formatted,
        variables,
        kind);
  }

  /** As a broker of this kind, whichever is under test. */
  public BrokerConfig ofKind(BrokerKind other) {
    Map<String, String> changed = new LinkedHashMap<>(properties);
    changed.putAll(other.properties());
    return new BrokerConfig(
        directory,
        port,
        changed,
        arguments,
        heapOptions,
        clusterId,
        formatArguments,
        formatted,
        environment,
        other);
  }

  /** What is started. */
  public BrokerKind kind() {
    return kind;
  }

  /** What is put into the environment of the process. */
  public Map<String, String> environment() {
    return environment;
  }

  /** What storage is formatted with besides the cluster's id. */
  List<String> formatArguments() {
    return formatArguments;
  }

  /** Whether the storage is to be formatted before the first start. */
  public boolean isFormatted() {
    return formatted;
  }

  /** As the node with this id, which clients reach at another port than that of the defaults. */
  public BrokerConfig asNode(int nodeId, int clientPort) {
    Map<String, String> changed = new LinkedHashMap<>(properties);
    changed.put("node.id", Integer.toString(nodeId));
    return new BrokerConfig(
        directory,
        clientPort,
        changed,
        arguments,
        heapOptions,
        clusterId,
        formatArguments,
        formatted,
        environment,
        kind);
  }

  public Path directory() {
    return directory;
  }

  public Path propertiesFile() {
    return directory.resolve("server.properties");
  }

  /** Where the broker keeps its partitions; the first of several. */
  public Path logDirectory() {
    return logDirectories().getFirst();
  }

  /** All the directories in which the broker keeps partitions. */
  public List<Path> logDirectories() {
    return Stream.of(properties.get("log.dirs").split(",")).map(Path::of).toList();
  }

  /** Where all that the broker prints goes; restarts append. */
  public Path outputFile() {
    return directory.resolve("broker.out");
  }

  public int port() {
    return port;
  }

  public String bootstrapServers() {
    return "127.0.0.1:" + port;
  }

  /** What storage that has to be formatted is formatted with. */
  public String clusterId() {
    return clusterId;
  }

  /** The value of one property, or null. */
  public String property(String key) {
    return properties.get(key);
  }

  public List<String> arguments() {
    return arguments;
  }

  public List<String> heapOptions() {
    return heapOptions;
  }

  /** Writes server.properties. */
  public void write() throws IOException {
    Files.createDirectories(directory);
    Files.writeString(
        propertiesFile(),
        properties.entrySet().stream()
            .map(property -> property.getKey() + "=" + property.getValue() + "\n")
            .collect(Collectors.joining()));
  }
}
