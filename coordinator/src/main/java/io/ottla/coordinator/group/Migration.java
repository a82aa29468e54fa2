package io.ottla.coordinator.group;

import io.ottla.coordinator.CoordinatorContext;
import io.ottla.coordinator.CoordinatorRecord;
import io.ottla.coordinator.CoordinatorResult;
import io.ottla.coordinator.group.consumer.ClassicGroupPicture;
import io.ottla.coordinator.group.consumer.ProtocolMigration;
import io.ottla.coordinator.group.journal.GroupProtocol;
import io.ottla.coordinator.group.journal.RebalanceCause.GroupMigrated;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The classic groups' part in the change of protocol of a group that goes on: one ends when a
 * member of the consumer protocol joins it, one begins when the last such member goes.
 *
 * <p>Owned by the shard's thread.
 */
final class Migration implements ProtocolMigration {

  private final GroupCoordinatorConfig config;
  private final CoordinatorContext context;
  private final ClassicJournal journal;
  private final Rebalance rebalance;
  private Groups groups;

  Migration(
      GroupCoordinatorConfig config,
      CoordinatorContext context,
      ClassicJournal journal,
      Rebalance rebalance) {
    this.config = config;
    this.context = context;
    this.journal = journal;
    this.rebalance = rebalance;
  }

  /** To be called once, before anything else. */
  void attach(Groups all) {
    groups = all;
  }

  @Override
  public ClassicGroupPicture classicGroup(String groupId) {
    ClassicGroup group = groups.findClassic(groupId);
    if (group == null) {
      return null;
    }
    List<ClassicGroupPicture.Member> members = new ArrayList<>(group.size());
    for (ClassicMember member : group.members()) {
      List<ClassicGroupPicture.Protocol> protocols = new ArrayList<>(member.protocols().size());
      for (MemberProtocol protocol : member.protocols()) {
        protocols.add(new ClassicGroupPicture.Protocol(protocol.name(), protocol.metadata()));
      }
      members.add(
          new ClassicGroupPicture.Member(
              member.memberId(),
              member.groupInstanceId(),
              member.clientId(),
              member.clientHost(),
              member.sessionTimeoutMs(),
              member.rebalanceTimeoutMs(),
              protocols,
              subscription(group, member),
              member.assignment()));
    }
    return new ClassicGroupPicture(
        groupId, group.generation(), group.protocolType(), group.isEmpty(), members);
  }

  /**
   * Before the first generation, and for whom joined since the last, the first protocol must do.
   */
  private static byte[] subscription(ClassicGroup group, ClassicMember member) {
    for (MemberProtocol protocol : member.protocols()) {
      if (protocol.name().equals(group.protocolName())) {
        return protocol.metadata();
      }
    }
    return member.protocols().getFirst().metadata();
  }

  @Override
  public Runnable endClassic(String groupId, List<CoordinatorRecord> records) {
    records.add(GroupRecords.groupTombstone(groupId));
    return () -> journal.forget(groupId);
  }

  @Override
  public int maxClassicSize() {
    return config.maxGroupSize();
  }

  @Override
  public Runnable beginClassic(
      ClassicGroupPicture picture, boolean rebalances, List<CoordinatorRecord> records) {
    List<ClassicMember> members = new ArrayList<>(picture.members().size());
    Map<String, byte[]> assignments = new HashMap<>();
    List<List<MemberProtocol>> ballots = new ArrayList<>();
    for (ClassicGroupPicture.Member member : picture.members()) {
      List<MemberProtocol> protocols = new ArrayList<>(member.protocols().size());
      for (ClassicGroupPicture.Protocol protocol : member.protocols()) {
        protocols.add(new MemberProtocol(protocol.name(), protocol.metadata()));
      }
      members.add(
          new ClassicMember(
              member.memberId(),
              member.instanceId(),
              member.clientId(),
              member.clientHost(),
              new MemberTimeouts(member.sessionTimeoutMs(), member.rebalanceTimeoutMs()),
              protocols));
      assignments.put(member.memberId(), member.assignment());
      ballots.add(protocols);
    }
    records.add(
        GroupRecords.generation(
            picture.groupId(),
            picture.protocolType(),
            picture.generation(),
            ProtocolVotes.elect(ballots),
            members,
            members.getFirst().memberId(),
            assignments,
            context.nowMs()));
    return () -> start(groups.findClassic(picture.groupId()), members, rebalances);
  }

  /** The record holds one protocol of each member; here the others are known, too. */
  private void start(ClassicGroup group, List<ClassicMember> members, boolean rebalances) {
    for (ClassicMember known : members) {
      ClassicMember member = group.member(known.memberId());
      group.update(member, known.timeouts(), known.protocols());
      rebalance.touch(group, member);
    }
    if (rebalances) {
      journal.because(group, new GroupMigrated(GroupProtocol.CONSUMER, GroupProtocol.CLASSIC));
      CoordinatorResult<Void> next = rebalance.prepare(group);
      assert next.records().isEmpty() : "the members are yet to join";
    } else {
      journal.settledAsItIs(group);
    }
  }
}
