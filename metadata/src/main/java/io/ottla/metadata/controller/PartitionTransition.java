package io.ottla.metadata.controller;

import static io.ottla.metadata.image.PartitionImage.NO_LEADER;

import io.ottla.metadata.image.LeaderRecoveryState;
import io.ottla.metadata.image.NodeIds;
import io.ottla.metadata.image.PartitionImage;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * One partition's step from one state to the next: whoever makes it says what is to be different,
 * {@link #result} completes a reassignment whose time has come, keeps the eligible leader replicas,
 * elects a leader where one is needed, and counts the epochs. Pure; used once.
 *
 * <p>A leader comes from the in-sync replicas; when there are none, from the eligible ones
 * (KIP-966); when there are none of those either, the one that led last is taken, alone and
 * unclean; any other replica only where unclean elections are allowed.
 */
final class PartitionTransition {

  /** How a leader is chosen. */
  enum Election {
    /** The leader stays if it can; else a clean one. */
    CLEAN,
    /** The preferred leader, if it can lead; else as with CLEAN. */
    PREFERRED,
    /** As with CLEAN; but rather any replica than none. */
    UNCLEAN
  }

  private record Elected(int leader, boolean clean) {}

  private final PartitionImage before;
  private final IntPredicate electable;
  private final int minInsyncReplicas;
  private final boolean eligibleLeaders;
  private NodeIds replicas;
  private NodeIds isr;
  private NodeIds elr;
  private NodeIds adding;
  private NodeIds removing;
  private NodeIds lost;
  private LeaderRecoveryState recovery;
  private int crashed = NO_LEADER;
  private Election election = Election.CLEAN;
  private boolean keepsLeaderEpoch;

  /**
   * @param electable which brokers may lead and come in sync now; replicas in lost directories may
   *     not, whatever it says
   * @param minInsyncReplicas the topic's setting
   * @param eligibleLeaders whether eligible leader replicas are kept
   */
  PartitionTransition(
      PartitionImage before,
      IntPredicate electable,
      int minInsyncReplicas,
      boolean eligibleLeaders) {
    this.before = before;
    this.electable = electable;
    this.minInsyncReplicas = minInsyncReplicas;
    this.eligibleLeaders = eligibleLeaders;
    this.replicas = before.replicas();
    this.isr = before.isr();
    this.elr = before.elr();
    this.adding = before.addingReplicas();
    this.removing = before.removingReplicas();
    this.lost = before.lost();
    this.recovery = before.recovery();
  }

  PartitionTransition isr(NodeIds newIsr) {
    isr = newIsr;
    return this;
  }

  /** A broker is in sync no longer. */
  PartitionTransition left(int brokerId) {
    isr = isr.without(brokerId);
    return this;
  }

  /**
   * A broker's log directory does not serve: it is in sync no longer. What it holds is as it was,
   * as far as is known: it stays eligible, and cannot be elected before it serves again.
   */
  PartitionTransition lost(int brokerId) {
    lost = lost.with(brokerId);
    return this;
  }

  /** A broker's log directory serves, or its new incarnation has not said otherwise yet. */
  PartitionTransition serving(int brokerId) {
    lost = lost.without(brokerId);
    return this;
  }

  PartitionTransition recovery(LeaderRecoveryState newRecovery) {
    recovery = newRecovery;
    return this;
  }

  /** Whether the only replica of a partition leads on in the epoch it led in. */
  PartitionTransition keepingLeaderEpochs(boolean keeps) {
    keepsLeaderEpoch = keeps && replicas.size() == 1;
    return this;
  }

  PartitionTransition election(Election kind) {
    election = kind;
    return this;
  }

  /** A broker may have lost the end of its log: it is in sync and eligible no longer. */
  PartitionTransition crashed(int brokerId) {
    crashed = brokerId;
    isr = isr.without(brokerId);
    return this;
  }

  PartitionTransition assignment(NodeIds newReplicas, NodeIds newAdding, NodeIds newRemoving) {
    replicas = newReplicas;
    adding = newAdding;
    removing = newRemoving;
    return this;
  }

  /** The state after the step; the one before, when nothing has changed. */
  PartitionImage result() {
    isr = isr.withoutAll(lost);
    completeReassignment();
    lost = lost.within(replicas);
    keepEligible();
    Elected elected = elected();
    boolean changesLeader = elected.leader != before.leader();
    if (changesLeader) {
      if (!elected.clean) {
        isr = NodeIds.of(elected.leader);
        elr = NodeIds.EMPTY;
        recovery = LeaderRecoveryState.RECOVERING;
      } else if (elr.contains(elected.leader)) {
        isr = NodeIds.of(elected.leader);
        elr = isEnough() ? NodeIds.EMPTY : elr.without(elected.leader);
      }
    }
    if (isr.isEmpty() && !eligibleLeaders) {
      isr = lastStanding();
    }
    // A replica that was taken away has to hear that it follows no longer.
    boolean losesReplica = !replicas.containsAll(before.replicas());
    boolean staysAlone = keepsLeaderEpoch && replicas.equals(before.replicas());
    boolean newLeaderEpoch = (changesLeader && !staysAlone) || losesReplica;
    PartitionImage after =
        new PartitionImage(
            replicas,
            isr,
            elr,
            lastLeader(elected.leader),
            adding,
            removing,
            lost,
            elected.leader,
            recovery,
            before.leaderEpoch() + (newLeaderEpoch ? 1 : 0),
            before.partitionEpoch());
    return after.equals(before) ? before : after.withNextEpoch();
  }

  /**
   * Where eligible leaders are not kept, the last in-sync replica stays in sync while it is away:
   * it alone is known to have everything.
   */
  private NodeIds lastStanding() {
    for (NodeIds candidates : List.of(before.isr(), before.elr(), before.lastKnownElr())) {
      NodeIds standing = candidates.within(replicas);
      if (!standing.isEmpty()) {
        return standing;
      }
    }
    return NodeIds.EMPTY;
  }

  /** Remembered from when the leader is lost until there is one again. */
  private NodeIds lastLeader(int leader) {
    if (!eligibleLeaders || leader != NO_LEADER) {
      return NodeIds.EMPTY;
    }
    return before.hasLeader() && before.lastKnownElr().isEmpty()
        ? NodeIds.of(before.leader())
        : before.lastKnownElr();
  }

  /**
   * A reassignment is complete when all that are added are in sync, and somebody stays in sync
   * without those that are removed. Where more are removed than added, all that stay have to be in
   * sync, lest the in-sync replicas become fewer than they need to.
   */
  private void completeReassignment() {
    if (adding.isEmpty() && removing.isEmpty()) {
      return;
    }
    NodeIds staying = replicas.withoutAll(removing);
    NodeIds stayingIsr = isr.withoutAll(removing);
    if (staying.isEmpty()
        || (!removing.isEmpty() && stayingIsr.isEmpty())
        || !stayingIsr.containsAll(adding)
        || (adding.size() < removing.size() && !stayingIsr.containsAll(staying))) {
      return;
    }
    replicas = staying;
    isr = stayingIsr;
    adding = NodeIds.EMPTY;
    removing = NodeIds.EMPTY;
  }

  /**
   * While fewer are in sync than an acknowledgement needs, nothing is acknowledged that those who
   * have left do not hold: they remain eligible.
   */
  private void keepEligible() {
    elr =
        !eligibleLeaders || isEnough()
            ? NodeIds.EMPTY
            : elr.withAll(before.isr()).withoutAll(isr).without(crashed).within(replicas);
  }

  /** Whether enough are in sync for the leader to acknowledge. */
  private boolean isEnough() {
    return isr.size() >= Math.min(minInsyncReplicas, replicas.size());
  }

  private Elected elected() {
    if (election == Election.PREFERRED && canLead(replicas.at(0))) {
      return new Elected(replicas.at(0), true);
    }
    if (before.hasLeader() && canLead(before.leader())) {
      return new Elected(before.leader(), true);
    }
    for (int i = 0; i < replicas.size(); i++) {
      if (canLead(replicas.at(i))) {
        return new Elected(replicas.at(i), true);
      }
    }
    return uncleanlyElected();
  }

  private Elected uncleanlyElected() {
    if (eligibleLeaders && isr.isEmpty() && elr.isEmpty() && before.lastKnownElr().size() == 1) {
      int last = before.lastKnownElr().at(0);
      if (replicas.contains(last) && isElectable(last)) {
        return new Elected(last, false);
      }
    }
    if (election == Election.UNCLEAN) {
      for (int i = 0; i < replicas.size(); i++) {
        if (isElectable(replicas.at(i))) {
          return new Elected(replicas.at(i), false);
        }
      }
    }
    return new Elected(NO_LEADER, true);
  }

  private boolean canLead(int replica) {
    return (isr.contains(replica) || (isr.isEmpty() && elr.contains(replica)))
        && isElectable(replica);
  }

  private boolean isElectable(int replica) {
    return electable.test(replica) && !lost.contains(replica);
  }
}
