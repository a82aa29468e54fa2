package io.ottla.simulation.workload;

import io.ottla.simulation.client.ClassicMember;
import io.ottla.simulation.client.ClientMetadata;
import io.ottla.simulation.client.ClientNetwork;
import io.ottla.simulation.client.ConsumerMember;
import io.ottla.simulation.client.Coordinators;
import io.ottla.simulation.client.GroupListener;
import io.ottla.simulation.client.GroupMember;
import io.ottla.simulation.client.GroupPositions;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;

/** What one life of a copier owns of its input: the same always, or what its group gives it. */
interface CopierSeat {

  /** In order. */
  List<TopicPartition> partitions();

  /** Positions as they are to be committed. */
  GroupPositions at(Map<TopicPartition, Long> positions);

  /** Who asks for positions: null if it is no member, or one that need not say so. */
  String asker();

  /** The epoch of who asks, or -1. */
  int askerEpoch();

  /** The coordinator would not tell positions, or commit them. */
  void onRefused(ErrorCode error);

  /** Owns these, and is in no group that knows of it. */
  record Fixed(String group, List<TopicPartition> partitions) implements CopierSeat {

    @Override
    public GroupPositions at(Map<TopicPartition, Long> positions) {
      return GroupPositions.withoutMember(group, positions);
    }

    @Override
    public String asker() {
      return null;
    }

    @Override
    public int askerEpoch() {
      return -1;
    }

    @Override
    public void onRefused(ErrorCode error) {
      throw new IllegalStateException(group + " refuses who is no member of it: " + error);
    }
  }

  /** Owns what a group gives it; gives back only between transactions. */
  final class Member implements CopierSeat, GroupListener {

    private static final int INTERVAL_MS = 20;

    private final ClientNetwork network;
    private final String group;
    private final GroupMember member;
    private final Runnable moved;
    private final BooleanSupplier isIdle;
    private final Set<TopicPartition> owned = new TreeSet<>();
    private int losses;

    /**
     * Joins.
     *
     * @param moved is called when it owns something else
     * @param isIdle whether no transaction is open
     */
    Member(
        ClientNetwork network,
        ClientMetadata metadata,
        Coordinators coordinators,
        String group,
        String topic,
        boolean isOfNewProtocol,
        Runnable moved,
        BooleanSupplier isIdle) {
      this.network = network;
      this.group = group;
      this.moved = moved;
      this.isIdle = isIdle;
      this.member =
          isOfNewProtocol
              ? new ConsumerMember(network, metadata, coordinators, group, topic, this)
              : new ClassicMember(network, metadata, coordinators, group, topic, this);
      member.join();
    }

    @Override
    public List<TopicPartition> partitions() {
      return List.copyOf(owned);
    }

    @Override
    public GroupPositions at(Map<TopicPartition, Long> positions) {
      return new GroupPositions(group, member.id(), member.epoch(), positions);
    }

    @Override
    public String asker() {
      return member.isOfNewProtocol() ? member.id() : null;
    }

    @Override
    public int askerEpoch() {
      return member.isOfNewProtocol() ? member.epoch() : -1;
    }

    @Override
    public void onRefused(ErrorCode error) {
      member.onRefused(error);
    }

    @Override
    public void onAssigned(Set<TopicPartition> some, Runnable done) {
      owned.addAll(some);
      moved.run();
      done.run();
    }

    @Override
    public void onRevoked(Set<TopicPartition> some, Runnable done) {
      giveBack(some, done, losses);
    }

    /** Nothing once it has lost what it had: what it owns then was given to it anew. */
    private void giveBack(Set<TopicPartition> some, Runnable done, int since) {
      if (since != losses) {
        return;
      }
      if (isIdle.getAsBoolean()) {
        owned.removeAll(some);
        moved.run();
        done.run();
      } else {
        network.after(INTERVAL_MS, "gives back when it can", () -> giveBack(some, done, since));
      }
    }

    @Override
    public void onLost(Set<TopicPartition> some) {
      losses++;
      owned.removeAll(some);
      moved.run();
    }

    @Override
    public void onFoundLost(Set<TopicPartition> some) {
      // A copier never leaves.
    }
  }
}
