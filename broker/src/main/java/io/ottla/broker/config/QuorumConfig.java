package io.ottla.broker.config;

import io.ottla.metadata.config.HostPort;
import io.ottla.metadata.config.QuorumVoter;
import java.util.List;

/**
 * Who keeps the metadata. With neither voters nor servers named, this node does, alone.
 *
 * @param voters the static set of voters; empty if none is set
 * @param bootstrapServers where the controllers are found
 */
public record QuorumConfig(List<QuorumVoter> voters, List<HostPort> bootstrapServers) {

  public QuorumConfig {
    voters = List.copyOf(voters);
    bootstrapServers = List.copyOf(bootstrapServers);
  }
}
