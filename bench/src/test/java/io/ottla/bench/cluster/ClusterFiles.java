package io.ottla.bench.cluster;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The properties of the nodes of one cluster, each broker and controller in one: Kafka's keys, and
 * everything that need not be said left at the broker's own default.
 *
 * @param ports of the listeners for clients, in the order of the node ids, which count from 1
 * @param controllerPorts of the controllers, in the same order
 */
record ClusterFiles(int[] ports, int[] controllerPorts, Map<String, String> overrides) {

  Map<String, String> properties(int nodeId) {
    int port = ports[nodeId - 1];
    int controllerPort = controllerPorts[nodeId - 1];
    Map<String, String> properties = new LinkedHashMap<>();
    properties.put("process.roles", "broker,controller");
    properties.put("node.id", Integer.toString(nodeId));
    properties.put(
        "controller.quorum.voters",
        IntStream.rangeClosed(1, ports.length)
            .mapToObj(id -> id + "@127.0.0.1:" + controllerPorts[id - 1])
            .collect(Collectors.joining(",")));
    properties.put(
        "listeners",
        "PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d".formatted(port, controllerPort));
    properties.put("advertised.listeners", "PLAINTEXT://127.0.0.1:" + port);
    properties.put("controller.listener.names", "CONTROLLER");
    properties.put("inter.broker.listener.name", "PLAINTEXT");
    properties.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
    properties.putAll(overrides);
    return properties;
  }

  String bootstrap() {
    return IntStream.of(ports)
        .mapToObj(port -> "127.0.0.1:" + port)
        .collect(Collectors.joining(","));
  }
}
