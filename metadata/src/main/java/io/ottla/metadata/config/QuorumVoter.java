package io.ottla.metadata.config;

import java.util.Optional;

/** One entry of controller.quorum.voters: a node and where its controller listens. */
public record QuorumVoter(int id, HostPort address) {

  /** Reads id@host:port; empty if it is something else. */
  public static Optional<QuorumVoter> parse(String text) {
    int at = text.indexOf('@');
    if (at < 0 || text.indexOf('@', at + 1) >= 0) {
      return Optional.empty();
    }
    int id;
    try {
      id = Integer.parseInt(text.substring(0, at));
    } catch (NumberFormatException notANumber) {
      return Optional.empty();
    }
    return HostPort.parse(text.substring(at + 1)).map(address -> new QuorumVoter(id, address));
  }

  @Override
  public String toString() {
    return id + "@" + address;
  }
}
