package io.ottla.coordinator.group.consumer;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.ottla.coordinator.CoordinatorContext;
import io.ottla.coordinator.CoordinatorException;
import io.ottla.coordinator.CoordinatorResult;
import io.ottla.coordinator.RequestContext;
import io.ottla.coordinator.group.journal.CutList;
import io.ottla.coordinator.group.journal.RebalanceCause;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns the regular expressions that members subscribe with into topics. All expressions of a group
 * are resolved together, away from the shard's thread, so that they cause one rebalance: when there
 * is a new one, when topics were created, and from time to time; not more often than every ten
 * seconds.
 *
 * <p>Owned by the shard's thread.
 */
final class RegexResolution {

  private static final Logger LOG = LoggerFactory.getLogger(RegexResolution.class);

  private static final long MIN_INTERVAL_MS = 10_000;

  /** What a member's heartbeat means for its regular expression. */
  enum Change {
    NONE,
    /** It is another, and what it stands for is not known yet. */
    CHANGED,
    /** It is another, or none, and the group can be assigned accordingly. */
    CHANGED_AND_RESOLVED
  }

  /** In the journal. */
  private static final int MAX_TOPICS_TOLD = 10;

  private final CoordinatorContext context;
  private final GroupStore groups;
  private final ConsumerGroupSettingsSource settings;
  private final TopicAuthorizer authorizer;

  RegexResolution(
      CoordinatorContext context,
      GroupStore groups,
      ConsumerGroupSettingsSource settings,
      TopicAuthorizer authorizer) {
    this.context = context;
    this.groups = groups;
    this.settings = settings;
    this.authorizer = authorizer;
  }

  /**
   * A member's subscription may have changed.
   *
   * @param client in whose name topics are looked up
   * @throws CoordinatorException INVALID_REGULAR_EXPRESSION
   */
  Change update(Draft draft, MemberMetadata before, MemberMetadata after, RequestContext client) {
    GroupSubscriptions subscriptions = draft.group().subscriptions();
    boolean isNew = false;
    Change change = Change.NONE;
    if (!Objects.equals(before.regex(), after.regex())) {
      change = Change.CHANGED;
      if (before.hasRegex() && subscriptions.membersWith(before.regex()) == 1) {
        draft.add(ConsumerGroupRecords.regexTombstone(draft.groupId(), before.regex()));
      }
      if (after.hasRegex()) {
        if (subscriptions.membersWith(after.regex()) == 0) {
          RegexLimits.check(after.regex());
          isNew = true;
        } else if (subscriptions.resolved(after.regex()) != null) {
          change = Change.CHANGED_AND_RESOLVED;
        }
      } else if (before.hasRegex()) {
        change = Change.CHANGED_AND_RESOLVED;
      }
    }
    if (change == Change.NONE
        ? isRefreshDue(draft.group())
        : (isNew || !subscriptions.regexes().isEmpty())
            && isRefreshPossible(draft.group())
            && isRefreshDueAfter(draft.group(), before, after, isNew)) {
      draft.afterAppend(() -> refresh(draft.groupId(), client));
    }
    return change;
  }

  /** Whether expressions are to be resolved, though nobody has changed them. */
  boolean isRefreshDue(ConsumerGroup group) {
    GroupSubscriptions subscriptions = group.subscriptions();
    return !subscriptions.regexes().isEmpty()
        && isRefreshPossible(group)
        && (!subscriptions.isResolved() || isOutdated(group));
  }

  private boolean isRefreshPossible(ConsumerGroup group) {
    long nowMs = context.nowMs();
    long resolvedAtMs = group.subscriptions().resolvedAtMs();
    // A moment of the future was on a clock that has been put back since.
    return !group.soft().isResolving()
        && (nowMs > resolvedAtMs + MIN_INTERVAL_MS || nowMs < resolvedAtMs);
  }

  private boolean isRefreshDueAfter(
      ConsumerGroup group, MemberMetadata before, MemberMetadata after, boolean isNew) {
    GroupSubscriptions changed = group.subscriptions().copy();
    changed.replace(before, after);
    return !changed.regexes().isEmpty() && (isNew || !changed.isResolved() || isOutdated(group));
  }

  private boolean isOutdated(ConsumerGroup group) {
    long version = group.subscriptions().resolvedVersion();
    TopicCatalog topics = groups.topics();
    // A version of the future is another cluster's, whose log was taken over.
    return version < topics.lastCreationVersion()
        || version > topics.version()
        || context.nowMs()
            > group.subscriptions().resolvedAtMs()
                + settings.of(group.groupId()).regexRefreshIntervalMs();
  }

  private void refresh(String groupId, RequestContext client) {
    ConsumerGroup group = groups.find(groupId);
    if (group == null || group.soft().isResolving() || group.subscriptions().regexes().isEmpty()) {
      return;
    }
    List<String> regexes = List.copyOf(group.subscriptions().regexes());
    TopicCatalog topics = groups.topics();
    long nowMs = context.nowMs();
    group.soft().isResolving(true);
    context.offload(
        () -> resolve(regexes, topics, nowMs, client),
        (resolved, failure) -> {
          group.soft().isResolving(false);
          if (failure != null) {
            LOG.error(
                "The regular expressions of group {} could not be resolved; the next heartbeat"
                    + " tries again",
                groupId,
                failure);
            return CoordinatorResult.nothing();
          }
          return groups.find(groupId) == group
              ? write(group, resolved)
              : CoordinatorResult.<Void>nothing();
        });
  }

  /** Any thread. */
  private Map<String, ResolvedRegex> resolve(
      List<String> regexes, TopicCatalog topics, long nowMs, RequestContext client) {
    Map<String, Set<String>> matches = new LinkedHashMap<>();
    List<Matcher> matchers = new ArrayList<>();
    List<Set<String>> found = new ArrayList<>();
    for (String regex : regexes) {
      Set<String> names = new TreeSet<>();
      matches.put(regex, names);
      try {
        matchers.add(Pattern.compile(regex).matcher(""));
        found.add(names);
      } catch (PatternSyntaxException e) {
        // It was checked when a member brought it; another version of the broker may have done so.
        LOG.error("Regular expression '{}' is ignored: {}", regex, e.getDescription());
      }
    }
    for (String name : topics.names()) {
      for (int i = 0; i < matchers.size(); i++) {
        if (matchers.get(i).reset(name).matches()) {
          found.get(i).add(name);
        }
      }
    }
    Set<String> all = new TreeSet<>();
    matches.values().forEach(all::addAll);
    Set<String> allowed = authorizer.describable(client, all);
    Map<String, ResolvedRegex> resolved = new LinkedHashMap<>();
    matches.forEach(
        (regex, names) -> {
          names.retainAll(allowed);
          resolved.put(regex, new ResolvedRegex(names, topics.version(), nowMs));
        });
    return resolved;
  }

  private CoordinatorResult<Void> write(ConsumerGroup group, Map<String, ResolvedRegex> resolved) {
    Draft draft = new Draft(group);
    GroupSubscriptions changed = group.subscriptions().copy();
    boolean isDifferent = false;
    for (Map.Entry<String, ResolvedRegex> entry : resolved.entrySet()) {
      String regex = entry.getKey();
      if (group.subscriptions().membersWith(regex) == 0) {
        continue;
      }
      ResolvedRegex before = group.subscriptions().resolved(regex);
      Set<String> topicsBefore = before == null ? Set.of() : before.topics();
      isDifferent |= !topicsBefore.equals(entry.getValue().topics());
      changed.resolve(regex, entry.getValue());
      draft.add(ConsumerGroupRecords.regex(group.groupId(), regex, entry.getValue()));
    }
    long hash = groups.hash(changed.topics());
    if (isDifferent || hash != group.metadataHash()) {
      draft.bumpEpoch(hash);
      draft.afterAppend(groups.journal().because(group, cause(group, resolved)));
      draft.afterAppend(() -> group.soft().onTopicsChecked(context.nowMs()));
    }
    draft.afterAppend(() -> groups.journal().check(group.groupId()));
    return draft.result(null);
  }

  /** The topics that expressions have come or ceased to stand for. */
  private static RebalanceCause cause(ConsumerGroup group, Map<String, ResolvedRegex> resolved) {
    Set<String> changed = new TreeSet<>();
    resolved.forEach(
        (regex, now) -> {
          ResolvedRegex before = group.subscriptions().resolved(regex);
          Set<String> topicsBefore = before == null ? Set.of() : before.topics();
          now.topics().stream().filter(name -> !topicsBefore.contains(name)).forEach(changed::add);
          topicsBefore.stream().filter(name -> !now.topics().contains(name)).forEach(changed::add);
        });
    return new RebalanceCause.TopicsChanged(CutList.of(changed, MAX_TOPICS_TOLD));
  }
}
