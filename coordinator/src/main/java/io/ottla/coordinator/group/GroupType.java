package io.ottla.coordinator.group;

/** Which protocol the members of a group speak. */
enum GroupType {
  CLASSIC("classic"),
  CONSUMER("consumer");

  private final String text;

  GroupType(String text) {
    this.text = text;
  }

  /** The name clients see and filter by. */
  String text() {
    return text;
  }
}
