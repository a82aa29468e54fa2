package io.ottla.coordinator.group.consumer;

import java.util.Locale;

/** Where a group stands (KIP-848). */
public enum ConsumerGroupState {
  /** Has no members. */
  EMPTY("Empty"),
  /** Waits for a target assignment of its epoch. */
  ASSIGNING("Assigning"),
  /** Some members are not yet where the target wants them. */
  RECONCILING("Reconciling"),
  /** All members are where the target wants them. */
  STABLE("Stable"),
  /** Does not exist any more. */
  DEAD("Dead");

  private final String text;
  private final String lowerCaseText;

  ConsumerGroupState(String text) {
    this.text = text;
    this.lowerCaseText = text.toLowerCase(Locale.ROOT);
  }

  /** The name clients see. */
  public String text() {
    return text;
  }

  /** The name as filters are compared with. */
  public String lowerCaseText() {
    return lowerCaseText;
  }
}
