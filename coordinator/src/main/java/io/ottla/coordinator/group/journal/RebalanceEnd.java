package io.ottla.coordinator.group.journal;

/** How a rebalance ended. */
public enum RebalanceEnd {
  /** It has not. */
  UNDER_WAY,
  /** Everyone has been given its partitions. */
  SETTLED,
  /** Something happened that made the group begin again. */
  SUPERSEDED,
  /** Nobody is left. */
  GROUP_EMPTY,
  /** Another broker coordinates the group now, or this one again later. */
  COORDINATOR_MOVED
}
