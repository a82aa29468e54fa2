package io.ottla.compat.broker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
  private int port;
  private Map<String, String> properties;
  private List<String> arguments = List.of();
  private List<String> heapOptions = List.of();
  private String clusterId = Uuid.randomUuid().toString();
  private List<String> formatArguments = List.of();
  private boolean formatted;
  private Map<String, String> environment = Map.of();
  private List<String> prefix = List.of();
  private BrokerKind kind = BrokerKind.UNDER_TEST;

  private BrokerConfig(Path directory, int port, Map<String, String> properties) {
    this.directory = directory;
    this.port = port;
    this.properties = new LinkedHashMap<>(properties);
  }

  /** A copy, which may be changed by who made it before anybody else sees it. */
  private BrokerConfig copy() {
    BrokerConfig copy = new BrokerConfig(directory, port, properties);
    copy.arguments = arguments;
    copy.heapOptions = heapOptions;
    copy.clusterId = clusterId;
    copy.formatArguments = formatArguments;
    copy.formatted = formatted;
    copy.environment = environment;
    copy.prefix = prefix;
    copy.kind = kind;
    return copy;
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
    return new BrokerConfig(directory, port, properties);
  }

  /** With these properties and no others; where it writes, and where it listens, is among them. */
  public static BrokerConfig bare(Path directory, int port, Map<String, String> properties) {
    return new BrokerConfig(directory, port, properties);
  }

  /** With one property added or changed; a null value takes it out. */
  public BrokerConfig with(String key, String value) {
    BrokerConfig changed = copy();
    if (value == null) {
      changed.properties.remove(key);
    } else {
      changed.properties.put(key, value);
    }
    return changed;
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
    BrokerConfig changed = copy();
    changed.arguments = Stream.concat(arguments.stream(), Stream.of(more)).toList();
    return changed;
  }

  /** With these JVM options in place of the default heap. */
  public BrokerConfig withHeap(String... options) {
    BrokerConfig changed = copy();
    changed.heapOptions = List.of(options);
    return changed;
  }

  /** With this id for storage that has to be formatted before the first start. */
  public BrokerConfig withClusterId(String id) {
    BrokerConfig changed = copy();
    changed.clusterId = id;
    return changed;
  }

  /**
   * With storage that is formatted before the first start, even if the broker would do so itself.
   */
  public BrokerConfig withFormattedStorage() {
    BrokerConfig changed = copy();
    changed.formatted = true;
    return changed;
  }

  /** With storage that is formatted before the first start, with further arguments. */
  public BrokerConfig withFormatArguments(List<String> more) {
    BrokerConfig changed = withFormattedStorage();
    changed.formatArguments = List.copyOf(more);
    return changed;
  }

  /** With these variables in the environment of the process. */
  public BrokerConfig withEnvironment(Map<String, String> variables) {
    BrokerConfig changed = copy();
    changed.environment = variables;
    return changed;
  }

  /**
   * As a process that may have so many files and connections open, and no more ({@code ulimit}).
   */
  public BrokerConfig withOpenFiles(int limit) {
    BrokerConfig changed = copy();
    changed.prefix = List.of("bash", "-c", "ulimit -n " + limit + "; exec \"$0\" \"$@\"");
    return changed;
  }

  /** As a broker of this kind, whichever is under test. */
  public BrokerConfig ofKind(BrokerKind other) {
    BrokerConfig changed = copy();
    changed.properties.putAll(other.properties());
    changed.kind = other;
    return changed;
  }

  /** What the command that starts it is given to. */
  List<String> prefix() {
    return prefix;
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
    BrokerConfig changed = with("node.id", Integer.toString(nodeId));
    changed.port = clientPort;
    return changed;
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
