package io.ottla.coordinator;

/** Where a coordinator of one partition stands. */
public enum CoordinatorState {
  /** Made, not yet asked to load. */
  INITIAL,
  /** Reads its log; requests are answered with COORDINATOR_LOAD_IN_PROGRESS. */
  LOADING,
  /** Serves. */
  ACTIVE,
  /** Could not load; answers NOT_COORDINATOR until it is elected again. */
  FAILED,
  /** Another broker leads the partition, or this one shuts down. Final. */
  CLOSED
}
