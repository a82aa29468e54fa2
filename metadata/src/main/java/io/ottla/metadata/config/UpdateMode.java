package io.ottla.metadata.config;

/** When a key's value may change (KIP-226). */
public enum UpdateMode {
  /** Only in the properties file, read at start. */
  READ_ONLY,
  /** Also at run time, for one broker at a time. */
  PER_BROKER,
  /** Also at run time, for one broker or for all that have no value of their own. */
  CLUSTER_WIDE,
  /** At run time, on the topic, group or subscription itself. */
  PER_RESOURCE
}
