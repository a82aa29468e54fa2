package io.ottla.metadata.quorum;

import io.ottla.metadata.config.HostPort;
import io.ottla.metadata.config.QuorumVoter;
import io.ottla.wire.Uuid;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * One voter of the quorum. Node and directory together are who it is (KIP-853): a node that comes
 * back with another metadata directory has forgotten its votes and is somebody else.
 *
 * @param nodeId its node
 * @param directoryId the id of its metadata directory; {@link Uuid#ZERO} when it is not known yet,
 *     as with voters listed in controller.quorum.voters that have not been heard of
 * @param address its controller listener, as the other voters reach it
 */
public record Voter(int nodeId, Uuid directoryId, HostPort address) {

  /**
   * Reads a list of {@code id@host:port:directoryId}, commas between, as Kafka's tools write it.
   *
   * @throws IllegalArgumentException if it is something else, or names a node twice
   */
  public static List<Voter> parseAll(String text) {
    List<Voter> voters = new ArrayList<>();
    Set<Integer> ids = new HashSet<>();
    for (String one : text.split(",")) {
      if (!one.isBlank()) {
        Voter voter = parse(one.trim());
        if (!ids.add(voter.nodeId())) {
          throw new IllegalArgumentException(
              "Node id " + voter.nodeId() + " was specified more than once.");
        }
        voters.add(voter);
      }
    }
    return voters;
  }

  private static Voter parse(String text) {
    int directory = text.lastIndexOf(':');
    if (directory < 0) {
      throw new IllegalArgumentException("'" + text + "' is not id@host:port:directoryId.");
    }
    QuorumVoter place =
        QuorumVoter.parse(text.substring(0, directory))
            .filter(voter -> voter.id() >= 0 && !voter.address().host().isEmpty())
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "'" + text + "' is not id@host:port:directoryId."));
    return new Voter(place.id(), Uuid.parse(text.substring(directory + 1)), place.address());
  }

  @Override
  public String toString() {
    return nodeId + "@" + address + ":" + directoryId;
  }
}
