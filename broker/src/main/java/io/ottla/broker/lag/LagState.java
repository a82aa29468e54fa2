package io.ottla.broker.lag;

/** What is known of a group's lag in one partition. */
public enum LagState {
  /** All of it. */
  KNOWN,
  /** Not where the partition ends: its leader has not been asked yet, or does not answer. */
  END_UNKNOWN,
  /** There is no such partition any more: the offset waits to be removed. */
  TOPIC_GONE
}
