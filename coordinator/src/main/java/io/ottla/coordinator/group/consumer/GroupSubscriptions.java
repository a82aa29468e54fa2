package io.ottla.coordinator.group.consumer;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;

/**
 * What the members of one group subscribe to: how many name a topic, how many use a regular
 * expression, and what the expressions stand for.
 *
 * <p>Owned by the shard's thread. Copies show what would be if something changed.
 */
final class GroupSubscriptions {

  /** How often a topic is subscribed to: by members by name, and by regular expressions. */
  private record Count(int names, int regexes) {
    Count plus(int moreNames, int moreRegexes) {
      return new Count(names + moreNames, regexes + moreRegexes);
    }

    boolean isNothing() {
      return names <= 0 && regexes <= 0;
    }
  }

  private static final Count NOTHING = new Count(0, 0);

  private final String groupId;
  private final SubscriptionListener listener;
  private final TreeMap<String, Count> topics;
  private final Map<String, Integer> regexMembers;
  private final Map<String, ResolvedRegex> resolved;

  GroupSubscriptions(String groupId, SubscriptionListener listener) {
    this(groupId, listener, new TreeMap<>(), new LinkedHashMap<>(), new LinkedHashMap<>());
  }

  private GroupSubscriptions(
      String groupId,
      SubscriptionListener listener,
      TreeMap<String, Count> topics,
      Map<String, Integer> regexMembers,
      Map<String, ResolvedRegex> resolved) {
    this.groupId = groupId;
    this.listener = listener;
    this.topics = topics;
    this.regexMembers = regexMembers;
    this.resolved = resolved;
  }

  /** A copy to try changes on. */
  GroupSubscriptions copy() {
    return new GroupSubscriptions(
        groupId,
        SubscriptionListener.NONE,
        new TreeMap<>(topics),
        new LinkedHashMap<>(regexMembers),
        new LinkedHashMap<>(resolved));
  }

  /** The topics, in the order of their names. */
  SortedSet<String> topics() {
    return Collections.unmodifiableNavigableSet(topics.navigableKeySet());
  }

  boolean contains(String topic) {
    return topics.containsKey(topic);
  }

  /** The regular expressions that members use. */
  Set<String> regexes() {
    return Collections.unmodifiableSet(regexMembers.keySet());
  }

  int membersWith(String regex) {
    return regexMembers.getOrDefault(regex, 0);
  }

  /** What the expression stood for when it was resolved last, or null. */
  ResolvedRegex resolved(String regex) {
    return resolved.get(regex);
  }

  Set<String> resolvedRegexes() {
    return Collections.unmodifiableSet(resolved.keySet());
  }

  /** When expressions were resolved last, all together; {@link Long#MIN_VALUE} if never. */
  long resolvedAtMs() {
    return resolved.isEmpty() ? Long.MIN_VALUE : resolved.values().iterator().next().timestampMs();
  }

  /** With which picture of the topics expressions were resolved last; 0 if never. */
  long resolvedVersion() {
    return resolved.isEmpty() ? 0 : resolved.values().iterator().next().version();
  }

  /** Whether all expressions in use have been resolved, and no others are kept. */
  boolean isResolved() {
    return resolved.size() == regexMembers.size();
  }

  /** A member has come (null before), changed, or gone (null after). */
  void replace(MemberMetadata before, MemberMetadata after) {
    if (before != null && after != null && before.topics().equals(after.topics())) {
      replaceRegex(before, after);
      return;
    }
    // First the new, so that what is in both is never without a subscriber.
    if (after != null) {
      after.topics().forEach(topic -> count(topic, 1, 0));
    }
    if (before != null) {
      before.topics().forEach(topic -> count(topic, -1, 0));
    }
    replaceRegex(before, after);
  }

  private void replaceRegex(MemberMetadata before, MemberMetadata after) {
    String old = before != null && before.hasRegex() ? before.regex() : null;
    String now = after != null && after.hasRegex() ? after.regex() : null;
    if (old != null && !old.equals(now)) {
      regexMembers.computeIfPresent(old, (regex, count) -> count == 1 ? null : count - 1);
    }
    if (now != null && !now.equals(old)) {
      regexMembers.merge(now, 1, Integer::sum);
    }
  }

  /**
   * An expression stands for these topics now.
   *
   * @param now null if it is not used any more
   */
  void resolve(String regex, ResolvedRegex now) {
    ResolvedRegex before = now == null ? resolved.remove(regex) : resolved.put(regex, now);
    if (now != null) {
      now.topics().forEach(topic -> count(topic, 0, 1));
    }
    if (before != null) {
      before.topics().forEach(topic -> count(topic, 0, -1));
    }
  }

  private void count(String topic, int names, int regexes) {
    Count before = topics.get(topic);
    Count after = (before == null ? NOTHING : before).plus(names, regexes);
    if (after.isNothing()) {
      if (before != null) {
        topics.remove(topic);
        listener.onUnsubscribed(groupId, topic);
      }
    } else {
      topics.put(topic, after);
      if (before == null) {
        listener.onSubscribed(groupId, topic);
      }
    }
  }

  /** All that was read is not read any more. */
  void clear() {
    topics.keySet().forEach(topic -> listener.onUnsubscribed(groupId, topic));
    topics.clear();
    regexMembers.clear();
    resolved.clear();
  }

  /** The topics after a member has changed; expressions that nobody uses then are forgotten. */
  GroupSubscriptions after(MemberMetadata before, MemberMetadata after) {
    GroupSubscriptions changed = copy();
    changed.replace(before, after);
    if (before.hasRegex() && changed.membersWith(before.regex()) == 0) {
      changed.resolve(before.regex(), null);
    }
    return changed;
  }

  /** The topics after members have gone; expressions that nobody uses then are forgotten. */
  GroupSubscriptions without(Collection<ConsumerMember> leaving) {
    GroupSubscriptions changed = copy();
    for (ConsumerMember member : leaving) {
      changed.replace(member.metadata(), null);
    }
    for (ConsumerMember member : leaving) {
      String regex = member.metadata().regex();
      if (member.metadata().hasRegex() && changed.membersWith(regex) == 0) {
        changed.resolve(regex, null);
      }
    }
    return changed;
  }
}
