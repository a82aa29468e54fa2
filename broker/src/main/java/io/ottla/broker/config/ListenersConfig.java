package io.ottla.broker.config;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where the broker listens and what it tells others.
 *
 * @param brokers for clients and other brokers
 * @param controllers for brokers and voters; nothing has to listen there with one voter
 * @param advertised what clients are told, for some or all of {@code brokers}
 * @param interBrokerListener name of the one that brokers use among themselves; empty on a node
 *     that is no broker
 * @param controllerNames names of the listeners of controllers; brokers connect to the first
 * @param protocols the security protocol of each listener that is named anywhere
 * @param backlog connections that may wait to be accepted
 */
public record ListenersConfig(
    List<Listener> brokers,
    List<Listener> controllers,
    List<Listener> advertised,
    Optional<String> interBrokerListener,
    List<String> controllerNames,
    Map<String, SecurityProtocol> protocols,
    int backlog) {

  public ListenersConfig {
    brokers = List.copyOf(brokers);
    controllers = List.copyOf(controllers);
    advertised = List.copyOf(advertised);
    controllerNames = List.copyOf(controllerNames);
    protocols = Map.copyOf(protocols);
  }

  /**
   * The addresses to register: ports that were picked at random are filled in, and hosts that stand
   * for all interfaces become this machine's name.
   *
   * @param boundPorts port of each listener by name, once bound
   * @param localHostName what to call this machine
   */
  public List<Listener> advertised(Map<String, Integer> boundPorts, String localHostName) {
    return advertised.stream()
        .map(listener -> listener.isWildcard() ? listener.withHost(localHostName) : listener)
        .map(
            listener ->
                listener.port() == 0
                    ? listener.withPort(boundPorts.getOrDefault(listener.name(), 0))
                    : listener)
        .toList();
  }
}
