package io.ottla.coordinator.group.journal;

/** How the members of a group agree on who gets what. */
public enum GroupProtocol {
  /** JoinGroup and SyncGroup: one of the members assigns. */
  CLASSIC("classic", "generation"),
  /** ConsumerGroupHeartbeat (KIP-848): the broker assigns. */
  CONSUMER("consumer", "epoch");

  private final String text;
  private final String counts;

  GroupProtocol(String text, String counts) {
    this.text = text;
    this.counts = counts;
  }

  /** The protocol's name, as in {@code group.protocol}. */
  public String text() {
    return text;
  }

  /** What the protocol calls the number that goes up with each rebalance. */
  String counts() {
    return counts;
  }
}
