package io.ottla.metadata.quorum;

import io.ottla.metadata.config.HostPort;
import io.ottla.wire.Uuid;

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

  @Override
  public String toString() {
    return nodeId + "-" + directoryId + "@" + address;
  }
}
