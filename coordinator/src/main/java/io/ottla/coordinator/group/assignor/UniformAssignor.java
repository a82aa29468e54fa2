package io.ottla.coordinator.group.assignor;

import java.util.Map;

/**
 * Spreads partitions evenly and moves as few as it can, as {@code uniform} of KIP-848.
 *
 * <ul>
 *   <li>All members read the same topics: loads differ by one at most, and no assignment that is as
 *       even moves fewer partitions.
 *   <li>They read different topics: loads are as level as the subscriptions allow, up to a bound of
 *       work (see {@link Chains}); what moves is kept low step by step.
 * </ul>
 *
 * <p>Balance comes before staying, staying before racks: racks matter for partitions that need a
 * new owner anyway. Kafka's own assignor is given racks and does not use them.
 */
public final class UniformAssignor implements Assignor {

  public static final String NAME = "uniform";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Map<String, MemberAssignment> assign(GroupSpec group, TopicSpec topics) {
    if (group.members().isEmpty()) {
      return Map.of();
    }
    if (group.isHomogeneous()) {
      Draft draft = Draft.ofHomogeneous(group, topics);
      new EvenSpread(draft, topics).run();
      return draft.result();
    }
    Draft draft = Draft.of(group, topics);
    new Levelling(draft).run();
    return draft.result();
  }
}
