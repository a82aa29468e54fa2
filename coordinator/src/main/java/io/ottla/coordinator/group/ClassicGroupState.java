package io.ottla.coordinator.group;

/**
 * The phases of a classic group.
 *
 * <pre>
 *            join                    all joined, or time is up
 *  EMPTY ----------> PREPARING_REBALANCE ----------> COMPLETING_REBALANCE
 *    ^                 |   ^    ^                        |        |
 *    +-----------------+   |    +--- join, leave, expiry-+        | leader's assignment
 *      nobody left         |                                      v is in the log
 *                          +--- join, leave, expiry --------- STABLE
 * </pre>
 *
 * DEAD is any group that is deleted or not kept here any more; it is final.
 */
enum ClassicGroupState {
  EMPTY("Empty"),
  PREPARING_REBALANCE("PreparingRebalance"),
  COMPLETING_REBALANCE("CompletingRebalance"),
  STABLE("Stable"),
  DEAD("Dead");

  private final String text;

  ClassicGroupState(String text) {
    this.text = text;
  }

  /** The name clients see. */
  String text() {
    return text;
  }

  /** Whether a group in this state may move to the next by itself; replay is not asked. */
  boolean mayBecome(ClassicGroupState next) {
    return switch (next) {
      case EMPTY -> this == PREPARING_REBALANCE;
      case PREPARING_REBALANCE -> this == EMPTY || this == COMPLETING_REBALANCE || this == STABLE;
      case COMPLETING_REBALANCE -> this == PREPARING_REBALANCE;
      case STABLE -> this == COMPLETING_REBALANCE;
      case DEAD -> true;
    };
  }
}
