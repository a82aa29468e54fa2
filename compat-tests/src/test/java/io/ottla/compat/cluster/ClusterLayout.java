package io.ottla.compat.cluster;

import io.ottla.compat.broker.BrokerConfig;
import io.ottla.compat.broker.FreePorts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.apache.kafka.common.Uuid;

/**
 * Which nodes a cluster has, with which configuration, directories and ports. The test's thread
 * owns it.
 */
final class ClusterLayout {
  private final List<String> roles;
  private final boolean proxied;
  private final Map<String, String> properties;
  private final UnaryOperator<BrokerConfig> adaption;
  private final PeerIdentity identity = new PeerIdentity();
  private final List<Path> directories = new ArrayList<>();
  private final Map<Integer, ClusterNode> nodes = new TreeMap<>();
  private final String clusterId = Uuid.randomUuid().toString();
  private final Links links;
  private final Network network;
  private String voters;

  private ClusterLayout(
      List<String> roles,
      boolean proxied,
      Map<String, String> properties,
      UnaryOperator<BrokerConfig> adaption) {
    this.roles = roles;
    this.proxied = proxied;
    this.properties = properties;
    this.adaption = adaption;
    this.links = proxied ? new Links(identity) : null;
    this.network = new Network(links, nodes::keySet);
  }

  static ClusterLayout of(List<String> roles) {
    return new ClusterLayout(roles, false, Map.of(), UnaryOperator.identity());
  }

  ClusterLayout behindProxies() {
    return new ClusterLayout(roles, true, properties, adaption);
  }

  ClusterLayout with(String key, String value) {
    Map<String, String> more = new LinkedHashMap<>(properties);
    more.put(key, value);
    return new ClusterLayout(roles, proxied, more, adaption);
  }

  ClusterLayout adapted(UnaryOperator<BrokerConfig> further) {
    return new ClusterLayout(
        roles, proxied, properties, config -> further.apply(adaption.apply(config)));
  }

  Network network() {
    return network;
  }

  List<Path> directories() {
    return directories;
  }

  /** The nodes of the roles, from 1 on. */
  List<ClusterNode> nodes() throws IOException {
    List<Integer> ports = new ArrayList<>();
    List<Integer> shownPorts = new ArrayList<>();
    List<String> allVoters = new ArrayList<>();
    for (int id = 1; id <= roles.size(); id++) {
      int port = FreePorts.next();
      int shown = shown(id, port);
      ports.add(port);
      shownPorts.add(shown);
      if (roles.get(id - 1).contains("controller")) {
        allVoters.add(id + "@127.0.0.1:" + shown);
      }
    }
    voters = String.join(",", allVoters);
    List<ClusterNode> all = new ArrayList<>();
    for (int id = 1; id <= roles.size(); id++) {
      all.add(node(id, roles.get(id - 1), ports.get(id - 1), shownPorts.get(id - 1)));
    }
    return all;
  }

  /** A broker that is no controller. */
  ClusterNode broker(int id) throws IOException {
    return node(id, "broker", -1, -1);
  }

  /** A broker that knows the controllers, but is not one of the nodes. */
  ClusterNode stranger(UnaryOperator<BrokerConfig> changes) throws IOException {
    int port = FreePorts.next();
    BrokerConfig config =
        changes.apply(
            withProperties(
                newConfig("broker")
                    .asNode(99, port)
                    .with("listeners", "PLAINTEXT://127.0.0.1:" + port)));
    return new ClusterNode(Integer.parseInt(config.property("node.id")), port, config);
  }

  private int shown(int nodeId, int port) throws IOException {
    return proxied ? links.standBefore(nodeId, port) : port;
  }

  private BrokerConfig newConfig(String processRoles) throws IOException {
    Path directory = Files.createTempDirectory("node ");
    directories.add(directory);
    BrokerConfig config =
        BrokerConfig.in(directory)
            .withClusterId(clusterId)
            .with("process.roles", processRoles)
            .with("controller.quorum.voters", voters);
    if (roles.size() > 1) {
      for (String singleNodeOnly :
          List.of(
              "offsets.topic.replication.factor",
              "transaction.state.log.replication.factor",
              "transaction.state.log.min.isr")) {
        config = config.with(singleNodeOnly, null);
      }
    }
    return config;
  }

  private ClusterNode node(int id, String processRoles, int controllerPort, int shownController)
      throws IOException {
    int port = FreePorts.next();
    int shown = port;
    List<String> listeners = new ArrayList<>();
    List<String> advertised = new ArrayList<>();
    boolean isBroker = processRoles.contains("broker");
    if (isBroker) {
      shown = shown(id, port);
      listeners.add("PLAINTEXT://127.0.0.1:" + port);
      advertised.add("PLAINTEXT://127.0.0.1:" + shown);
    }
    if (processRoles.contains("controller")) {
      listeners.add("CONTROLLER://127.0.0.1:" + controllerPort);
      advertised.add("CONTROLLER://127.0.0.1:" + shownController);
    }
    BrokerConfig config =
        withProperties(
            newConfig(processRoles)
                .asNode(id, isBroker ? port : controllerPort)
                .with("listeners", String.join(",", listeners))
                .with("advertised.listeners", proxied ? String.join(",", advertised) : null));
    ClusterNode node = new ClusterNode(id, shown, adaption.apply(config));
    nodes.put(id, node);
    identity.register(id, node::pid);
    return node;
  }

  private BrokerConfig withProperties(BrokerConfig config) {
    BrokerConfig changed = config;
    for (Map.Entry<String, String> property : properties.entrySet()) {
      changed = changed.with(property.getKey(), property.getValue());
    }
    return changed;
  }
}
