package io.ottla.coordinator.group.consumer;

import java.util.List;

/**
 * How one group behaves: the group's own settings over the broker's.
 *
 * @param sessionTimeoutMs a member that was silent for so long is removed
 * @param heartbeatIntervalMs what members are told, if an operator has set it
 * @param isHeartbeatIntervalExplicit whether an operator has set it, for the group or the broker;
 *     if not, the coordinator chooses
 * @param assignmentIntervalMs from one target assignment to the next at least; changes meanwhile
 *     are gathered. 0: none
 * @param maxSize members beyond are refused
 * @param assignors names of the assignors members may ask for; the first is taken if they do not
 * @param migrationPolicy which way a group with members may change its protocol
 * @param regexRefreshIntervalMs regular expressions are resolved again after that time at the
 *     latest
 * @param isAssignorOffloaded whether big groups are assigned away from the shard's thread
 */
public record ConsumerGroupSettings(
    int sessionTimeoutMs,
    int heartbeatIntervalMs,
    boolean isHeartbeatIntervalExplicit,
    int assignmentIntervalMs,
    int maxSize,
    List<String> assignors,
    MigrationPolicy migrationPolicy,
    int regexRefreshIntervalMs,
    boolean isAssignorOffloaded) {

  /** Kafka's defaults, with the heartbeat interval left to the coordinator. */
  public static final ConsumerGroupSettings DEFAULTS =
      new ConsumerGroupSettings(
          45_000,
          5_000,
          false,
          1_000,
          Integer.MAX_VALUE,
          List.of("uniform", "range"),
          MigrationPolicy.BIDIRECTIONAL,
          600_000,
          true);

  public ConsumerGroupSettings {
    assignors = List.copyOf(assignors);
    if (assignors.isEmpty()) {
      throw new IllegalArgumentException("there must be an assignor");
    }
  }

  /** The assignor of groups whose members ask for none. */
  public String defaultAssignor() {
    return assignors.get(0);
  }
}
