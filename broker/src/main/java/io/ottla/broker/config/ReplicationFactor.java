package io.ottla.broker.config;

import java.util.OptionalInt;

/** How many replicas a topic gets that does not say so itself. */
public record ReplicationFactor(OptionalInt configured) {

  /** As many as survive the loss of one broker during the upgrade of another. */
  private static final int ENOUGH = 3;

  /** What is configured, else three or as many as there are brokers. */
  public int among(int registeredBrokers) {
    return configured.orElse(Math.max(1, Math.min(ENOUGH, registeredBrokers)));
  }
}
