package io.ottla.coordinator.group.assignor;

import java.util.Map;

/** Spreads partitions evenly and moves as few as it can. */
public final class UniformAssignor implements Assignor {

  public static final String NAME = "uniform";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Map<String, MemberAssignment> assign(GroupSpec group, TopicSpec topics) {
    throw new UnsupportedOperationException("uniform");
  }
}
