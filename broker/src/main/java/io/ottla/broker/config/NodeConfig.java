package io.ottla.broker.config;

import java.util.Optional;
import java.util.Set;

/**
 * Who this node is.
 *
 * @param unstableFeatures whether it offers levels of features that are not final ({@code
 *     unstable.feature.versions.enable})
 * @param unstableApis whether its controller tells clients of them: Kafka's takes its answer to
 *     ApiVersions from this key ({@code unstable.api.versions.enable}). APIs are always final ones
 */
public record NodeConfig(
    int nodeId,
    Set<Role> roles,
    Optional<String> rack,
    boolean unstableFeatures,
    boolean unstableApis) {

  /** What a node does. */
  public enum Role {
    BROKER,
    CONTROLLER
  }

  public NodeConfig {
    roles = Set.copyOf(roles);
  }

  public boolean isBroker() {
    return roles.contains(Role.BROKER);
  }

  public boolean isController() {
    return roles.contains(Role.CONTROLLER);
  }
}
