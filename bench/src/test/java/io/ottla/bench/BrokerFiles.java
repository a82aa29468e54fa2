package io.ottla.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** The directory of one broker: its properties, its data, its output. Both kinds get the same. */
public record BrokerFiles(Path directory, int port) {

  /** For a single KRaft node with the stock properties, everything else left at its default. */
  static BrokerFiles create(
      Path directory, int port, int controllerPort, Map<String, String> overrides)
      throws IOException {
    Map<String, String> properties = new LinkedHashMap<>();
    properties.put("process.roles", "broker,controller");
    properties.put("node.id", "1");
    properties.put("controller.quorum.bootstrap.servers", "127.0.0.1:" + controllerPort);
    properties.put(
        "listeners",
        "PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d".formatted(port, controllerPort));
    properties.put(
        "advertised.listeners",
        "PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d".formatted(port, controllerPort));
    properties.put("controller.listener.names", "CONTROLLER");
    properties.put("inter.broker.listener.name", "PLAINTEXT");
    // Defaults that one node cannot meet; the stock server.properties sets them too.
    properties.put("offsets.topic.replication.factor", "1");
    properties.put("transaction.state.log.replication.factor", "1");
    properties.put("transaction.state.log.min.isr", "1");
    properties.put("share.coordinator.state.topic.replication.factor", "1");
    properties.put("share.coordinator.state.topic.min.isr", "1");
    properties.putAll(overrides);
    return create(directory, port, properties);
  }

  /** For a node with these properties, and its data in the directory unless they say where. */
  public static BrokerFiles create(Path directory, int port, Map<String, String> given)
      throws IOException {
    Files.createDirectories(directory);
    BrokerFiles files = new BrokerFiles(directory, port);
    Map<String, String> properties = new LinkedHashMap<>();
    properties.put("log.dirs", files.data().toString());
    properties.putAll(given);
    Files.writeString(
        files.properties(),
        properties.entrySet().stream()
            .map(entry -> entry.getKey() + "=" + entry.getValue() + "\n")
            .collect(Collectors.joining()));
    return files;
  }

  public Path properties() {
    return directory.resolve("server.properties");
  }

  public Path data() {
    return directory.resolve("data");
  }

  public Path output() {
    return directory.resolve("output.log");
  }

  public String bootstrap() {
    return "127.0.0.1:" + port;
  }
}
