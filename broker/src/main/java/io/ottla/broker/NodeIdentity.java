package io.ottla.broker;

import io.ottla.wire.Uuid;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;

/**
 * Who this node is, as its directories say.
 *
 * @param directories the id of each log directory
 */
record NodeIdentity(int nodeId, String clusterId, Map<Path, Uuid> directories) {

  NodeIdentity {
    directories = Map.copyOf(directories);
  }

  Collection<Uuid> directoryIds() {
    return directories.values();
  }
}
