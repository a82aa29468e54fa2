package io.ottla.coordinator.group.consumer;

import io.ottla.wire.message.ConsumerGroupMemberMetadataValue.ClassicProtocol;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How many members of a group are of some kind, so that nobody has to look at all of them: who is
 * where on the way to the target, who asks for which assignor, who speaks the classic protocol.
 *
 * <p>Owned by the shard's thread.
 */
final class MemberCounts {

  /** Members that are stable, by their epochs. */
  private final Map<Integer, Integer> stableByEpoch = new HashMap<>();

  private final Map<String, Integer> assignors = new HashMap<>();
  private final Map<String, Integer> classicProtocols = new HashMap<>();
  private int classic;

  /** Static members that have left for a while. */
  private int away;

  /** A member has come (null before), changed, or gone (null after). */
  void replace(ConsumerMember before, ConsumerMember after) {
    if (before != null) {
      count(before, -1);
    }
    if (after != null) {
      count(after, 1);
    }
  }

  private void count(ConsumerMember member, int delta) {
    CurrentAssignment current = member.current();
    if (current.epoch() == CurrentAssignment.STATIC_LEAVE_EPOCH) {
      away += delta;
    } else if (current.state() == MemberState.STABLE) {
      add(stableByEpoch, current.epoch(), delta);
    }
    MemberMetadata metadata = member.metadata();
    if (metadata.assignor() != null) {
      add(assignors, metadata.assignor(), delta);
    }
    if (metadata.isClassic()) {
      classic += delta;
      for (ClassicProtocol protocol : metadata.classic().supportedProtocols()) {
        add(classicProtocols, protocol.name(), delta);
      }
    }
  }

  private static <K> void add(Map<K, Integer> counts, K key, int delta) {
    counts.merge(key, delta, (count, more) -> count + more == 0 ? null : count + more);
  }

  /** Members that are where the target of the epoch wants them. */
  int reconciledTo(int epoch) {
    return stableByEpoch.getOrDefault(epoch, 0);
  }

  int away() {
    return away;
  }

  /** Members that speak the classic protocol. */
  int classic() {
    return classic;
  }

  /** How many members of the classic protocol support each embedded protocol. */
  Map<String, Integer> classicProtocols() {
    return Collections.unmodifiableMap(classicProtocols);
  }

  /** Whether one of the embedded protocols is supported by all members that have some. */
  boolean supportsClassic(Collection<String> protocols) {
    return protocols.stream()
        .anyMatch(protocol -> classicProtocols.getOrDefault(protocol, 0) == classic);
  }

  /**
   * The assignor that most members ask for, after one of them has changed.
   *
   * @param known those that may be used; the first is taken if nobody asks for one, the one that
   *     comes first if as many ask for another
   */
  String preferredAssignor(MemberMetadata before, MemberMetadata after, List<String> known) {
    String preferred = known.get(0);
    int most = 0;
    for (String name : known) {
      int votes =
          assignors.getOrDefault(name, 0)
              - (before != null && name.equals(before.assignor()) ? 1 : 0)
              + (after != null && name.equals(after.assignor()) ? 1 : 0);
      if (votes > most) {
        preferred = name;
        most = votes;
      }
    }
    return preferred;
  }
}
