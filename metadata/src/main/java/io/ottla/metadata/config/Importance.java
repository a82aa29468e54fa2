package io.ottla.metadata.config;

/** How much a key matters to whoever runs a cluster. */
public enum Importance {
  HIGH,
  MEDIUM,
  LOW
}
