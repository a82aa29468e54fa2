package io.ottla.broker;

import io.ottla.wire.Uuid;
import java.util.Collection;
import java.util.List;

/**
 * Who this node is, as its directories say.
 *
 * @param directoryIds the ids of its log directories
 */
record NodeIdentity(int nodeId, String clusterId, Collection<Uuid> directoryIds) {

  NodeIdentity {
    directoryIds = List.copyOf(directoryIds);
  }
}
