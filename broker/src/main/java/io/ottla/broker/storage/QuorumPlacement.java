package io.ottla.broker.storage;

import io.ottla.broker.config.BrokerConfig;
import io.ottla.broker.config.Listener;
import io.ottla.broker.config.QuorumConfig;
import io.ottla.metadata.config.HostPort;
import io.ottla.metadata.quorum.MetadataStorage;
import io.ottla.metadata.quorum.QuorumPlace;
import io.ottla.metadata.quorum.QuorumTimeouts;
import io.ottla.metadata.quorum.RatisQuorum;
import io.ottla.metadata.quorum.Voter;
import io.ottla.wire.Uuid;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a configuration says of a node's part in the metadata quorum. Pure; any thread. */
public final class QuorumPlacement {

  private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "::1");

  private QuorumPlacement() {}

  /** Whether this node votes, and how it knows the others. */
  public static QuorumPlace place(BrokerConfig config) {
    boolean controller = config.node().isController();
    QuorumConfig quorum = config.quorum();
    if (!quorum.voters().isEmpty()) {
      return QuorumPlace.listed(controller, listed(quorum));
    }
    return controller && asksOnlyItself(config) ? QuorumPlace.ALONE : QuorumPlace.asked(controller);
  }

  private static List<Voter> listed(QuorumConfig quorum) {
    return quorum.voters().stream()
        .map(voter -> new Voter(voter.id(), Uuid.ZERO, voter.address()))
        .toList();
  }

  /** As in the file Kafka ships: the only server to ask is this node's own controller listener. */
  private static boolean asksOnlyItself(BrokerConfig config) {
    Set<HostPort> own =
        Stream.concat(
                config.listeners().controllers().stream(),
                config.listeners().advertised().stream()
                    .filter(
                        listener -> config.listeners().controllerNames().contains(listener.name())))
            .flatMap(
                listener ->
                    Stream.concat(LOOPBACK.stream(), Stream.of(listener.host()))
                        .map(host -> new HostPort(host, listener.port())))
            .collect(Collectors.toSet());
    return own.containsAll(config.quorum().bootstrapServers());
  }

  /** Where others reach this node's controller. */
  public static HostPort ownAddress(BrokerConfig config) {
    List<Listener> controllers = config.listeners().controllers();
    if (controllers.isEmpty()) {
      return new HostPort("", 0);
    }
    String name = controllers.getFirst().name();
    Listener listener =
        config.listeners().advertised().stream()
            .filter(advertised -> advertised.name().equals(name))
            .findFirst()
            .orElse(controllers.getFirst());
    return new HostPort(listener.isWildcard() ? "localhost" : listener.host(), listener.port());
  }

  /** How the voter of this node is to be run. */
  public static RatisQuorum.Settings settings(BrokerConfig config, MetadataStorage storage) {
    int nodeId = config.node().nodeId();
    if (config.listeners().controllers().isEmpty() && place(config) == QuorumPlace.ALONE) {
      return new RatisQuorum.Settings(
          storage.clusterId(),
          nodeId,
          storage.metadataDirectory(),
          RatisQuorum.DEFAULT_SNAPSHOT_THRESHOLD);
    }
    HostPort address =
        listed(config.quorum()).stream()
            .filter(voter -> voter.nodeId() == nodeId)
            .map(Voter::address)
            .findFirst()
            .orElseGet(() -> ownAddress(config));
    Voter self = storage.self(address);
    return new RatisQuorum.Settings(
        storage.clusterId(),
        self,
        storage.metadataDirectory(),
        RatisQuorum.DEFAULT_SNAPSHOT_THRESHOLD,
        storage.firstVoters(self),
        QuorumTimeouts.of(
            config.quorum().electionTimeoutMs(),
            config.quorum().fetchTimeoutMs(),
            config.quorum().requestTimeoutMs()));
  }
}
