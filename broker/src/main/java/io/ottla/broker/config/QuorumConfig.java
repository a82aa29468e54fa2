package io.ottla.broker.config;

import io.ottla.metadata.config.HostPort;
import io.ottla.metadata.config.QuorumVoter;
import java.util.List;

/**
 * Who keeps the metadata. With neither voters nor servers named, this node does, alone.
 *
 * @param voters the static set of voters; empty if none is set
 * @param bootstrapServers where the controllers are found
 * @param electionTimeoutMs how long a voter waits before it stands for election again
 * @param fetchTimeoutMs how long a voter waits for its leader before it stands for election
 * @param requestTimeoutMs how long a voter waits for another's answer
 */
public record QuorumConfig(
    List<QuorumVoter> voters,
    List<HostPort> bootstrapServers,
    int electionTimeoutMs,
    int fetchTimeoutMs,
    int requestTimeoutMs) {

  public QuorumConfig {
    voters = List.copyOf(voters);
    bootstrapServers = List.copyOf(bootstrapServers);
  }

  /** Where any controller may be found. */
  public List<HostPort> addresses() {
    return voters.isEmpty() ? bootstrapServers : voters.stream().map(QuorumVoter::address).toList();
  }
}
