package io.ottla.coordinator.group.consumer;

import java.util.Locale;

/**
 * Which way a group with members may change its protocol: {@code group.consumer.migration.policy}.
 */
public enum MigrationPolicy {
  DISABLED(false, false),
  UPGRADE(true, false),
  DOWNGRADE(false, true),
  BIDIRECTIONAL(true, true);

  private final boolean allowsUpgrade;
  private final boolean allowsDowngrade;

  MigrationPolicy(boolean allowsUpgrade, boolean allowsDowngrade) {
    this.allowsUpgrade = allowsUpgrade;
    this.allowsDowngrade = allowsDowngrade;
  }

  /**
   * Reads the configured value, in any case.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static MigrationPolicy parse(String text) {
    return valueOf(text.toUpperCase(Locale.ROOT));
  }

  /** Whether a classic group becomes a consumer group when a member of that protocol joins. */
  public boolean allowsUpgrade() {
    return allowsUpgrade;
  }

  /** Whether a consumer group becomes a classic one when its last member of that protocol goes. */
  public boolean allowsDowngrade() {
    return allowsDowngrade;
  }
}
