package io.ottla.coordinator.group.consumer;

import io.ottla.coordinator.CoordinatorException;
import io.ottla.coordinator.CoordinatorRecord;
import io.ottla.coordinator.group.assignor.MemberAssignment;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.MalformedMessageException;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.ConsumerGroupMemberMetadataValue.ClassicMemberMetadata;
import io.ottla.wire.message.ConsumerGroupMemberMetadataValue.ClassicProtocol;
import io.ottla.wire.message.ConsumerProtocolAssignment;
import io.ottla.wire.message.ConsumerProtocolSubscription;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Classic groups that become consumer groups and the other way round, while their members stay
 * (KIP-848, online migration).
 *
 * <ul>
 *   <li>When a member of the consumer protocol joins a classic group of consumers, the group takes
 *       over its members with what they are assigned: the generation becomes the epoch. They go on
 *       in the classic protocol.
 *   <li>When the last member of the consumer protocol goes, or is replaced by one of the classic
 *       protocol, those who stay go on as a classic group: the epoch becomes the generation, the
 *       target what they are assigned.
 * </ul>
 *
 * <p>Owned by the shard's thread.
 */
final class Conversions {

  private static final Logger LOG = LoggerFactory.getLogger(Conversions.class);

  private final GroupStore groups;
  private final ConsumerGroupSettingsSource settings;
  private final ProtocolMigration migration;

  Conversions(
      GroupStore groups, ConsumerGroupSettingsSource settings, ProtocolMigration migration) {
    this.groups = groups;
    this.settings = settings;
    this.migration = migration;
  }

  /**
   * A member of this protocol joins under an id that is no consumer group's. If it is a classic
   * group's, adds the records that end that one and, if it has members, those that begin the
   * consumer group.
   *
   * @return what to do after the append; null if there is no such group
   * @throws CoordinatorException GROUP_ID_NOT_FOUND if it must stay what it is
   */
  Runnable upgrade(String groupId, List<CoordinatorRecord> records) {
    ClassicGroupPicture classic = migration.classicGroup(groupId);
    if (classic == null) {
      return null;
    }
    if (!classic.isEmpty()) {
      checkUpgrade(classic);
      List<ConsumerMember> members = new ArrayList<>(classic.members().size());
      classic.members().forEach(member -> members.add(read(classic, member)));
      Runnable afterAppend = migration.endClassic(groupId, records);
      begin(classic, members, records);
      LOG.info(
          "Classic group {} becomes a consumer group with {} members, as one of that protocol"
              + " joins",
          groupId,
          members.size());
      return afterAppend;
    }
    return migration.endClassic(groupId, records);
  }

  private void checkUpgrade(ClassicGroupPicture classic) {
    ConsumerGroupSettings rules = settings.of(classic.groupId());
    if (!rules.migrationPolicy().allowsUpgrade()) {
      throw refusal(classic, "online upgrade is disabled; see group.consumer.migration.policy");
    }
    if (!EmbeddedProtocol.TYPE.equals(classic.protocolType())) {
      throw refusal(classic, "its members are no consumers");
    }
    if (classic.members().size() > rules.maxSize()) {
      throw refusal(classic, "it has more members than the " + rules.maxSize() + " allowed");
    }
  }

  private static CoordinatorException refusal(ClassicGroupPicture classic, String why) {
    LOG.info("Classic group {} cannot become a consumer group: {}", classic.groupId(), why);
    return new CoordinatorException(
        ErrorCode.GROUP_ID_NOT_FOUND,
        "The classic group " + classic.groupId() + " cannot become a consumer group: " + why + ".");
  }

  private ConsumerMember read(ClassicGroupPicture classic, ClassicGroupPicture.Member member) {
    ConsumerProtocolSubscription subscription;
    Map<Uuid, Map<Integer, Integer>> assigned;
    try {
      subscription = EmbeddedProtocol.subscription(member.subscription());
      assigned = assigned(classic, member.assignment());
    } catch (MalformedMessageException e) {
      throw refusal(classic, "what member " + member.memberId() + " says does not parse");
    }
    String rackId = subscription.rackId();
    List<ClassicProtocol> protocols = new ArrayList<>(member.protocols().size());
    for (ClassicGroupPicture.Protocol protocol : member.protocols()) {
      protocols.add(new ClassicProtocol().name(protocol.name()).metadata(protocol.metadata()));
    }
    return new ConsumerMember(
        member.memberId(),
        new MemberMetadata(
            member.instanceId(),
            rackId == null || rackId.isEmpty() ? null : rackId,
            member.clientId(),
            member.clientHost(),
            MemberMetadata.topics(subscription.topics()),
            "",
            member.rebalanceTimeoutMs(),
            null,
            new ClassicMemberMetadata()
                .sessionTimeoutMs(member.sessionTimeoutMs())
                .supportedProtocols(protocols)),
        new CurrentAssignment(
            classic.generation(), classic.generation(), MemberState.STABLE, assigned, Map.of()));
  }

  private Map<Uuid, Map<Integer, Integer>> assigned(ClassicGroupPicture classic, byte[] bytes) {
    if (bytes.length == 0) {
      return Map.of();
    }
    ConsumerProtocolAssignment assignment = EmbeddedProtocol.assignment(bytes);
    if (assignment.userData() != null && assignment.userData().length > 0) {
      throw refusal(
          classic, "an assignor of its own keeps data in assignments; use one of Kafka's first");
    }
    Map<Uuid, Map<Integer, Integer>> assigned = new TreeMap<>();
    for (ConsumerProtocolAssignment.TopicPartition each : assignment.assignedPartitions()) {
      TopicCatalog.Topic topic = groups.topics().topic(each.topic());
      if (topic != null) {
        Map<Integer, Integer> ofTopic = new TreeMap<>();
        each.partitions().forEach(partition -> ofTopic.put(partition, classic.generation()));
        assigned.put(topic.id(), ofTopic);
      }
    }
    return assigned;
  }

  private void begin(
      ClassicGroupPicture classic, List<ConsumerMember> members, List<CoordinatorRecord> records) {
    String groupId = classic.groupId();
    Set<String> topics = new TreeSet<>();
    for (ConsumerMember member : members) {
      topics.addAll(member.metadata().topics());
      records.add(ConsumerGroupRecords.member(groupId, member.memberId(), member.metadata()));
    }
    records.add(ConsumerGroupRecords.epoch(groupId, classic.generation(), groups.hash(topics)));
    for (ConsumerMember member : members) {
      records.add(
          ConsumerGroupRecords.target(
              groupId, member.memberId(), withoutEpochs(member.current().assigned())));
    }
    records.add(ConsumerGroupRecords.targetEpoch(groupId, classic.generation(), 0));
    for (ConsumerMember member : members) {
      records.add(ConsumerGroupRecords.current(groupId, member.memberId(), member.current()));
    }
  }

  static MemberAssignment withoutEpochs(Map<Uuid, Map<Integer, Integer>> assigned) {
    Map<Uuid, Set<Integer>> partitions = new TreeMap<>();
    assigned.forEach(
        (topicId, ofTopic) -> {
          if (!ofTopic.isEmpty()) {
            partitions.put(topicId, new TreeSet<>(ofTopic.keySet()));
          }
        });
    return new MemberAssignment(partitions);
  }

  /** Whether those who stay when these leave are to go on as a classic group. */
  boolean isDowngrade(ConsumerGroup group, Collection<ConsumerMember> leaving) {
    int staying = group.size() - leaving.size();
    long stayingClassic =
        group.classicMembers() - leaving.stream().filter(ConsumerMember::isClassic).count();
    return staying > 0 && staying == stayingClassic && isDowngradeAllowed(group, staying);
  }

  /** Whether the group is to go on as a classic one when the member becomes a classic one. */
  boolean isDowngrade(ConsumerGroup group, ConsumerMember replaced) {
    return !replaced.isClassic()
        && group.classicMembers() == group.size() - 1
        && isDowngradeAllowed(group, group.size());
  }

  private boolean isDowngradeAllowed(ConsumerGroup group, int staying) {
    if (!settings.of(group.groupId()).migrationPolicy().allowsDowngrade()) {
      LOG.info(
          "Consumer group {} does not become a classic group, though all its members speak that"
              + " protocol: group.consumer.migration.policy does not allow it",
          group.groupId());
      return false;
    }
    if (staying > migration.maxClassicSize()) {
      LOG.info(
          "Consumer group {} does not become a classic group, though all its members speak that"
              + " protocol: it has {} members, and group.max.size is {}",
          group.groupId(),
          staying,
          migration.maxClassicSize());
      return false;
    }
    return true;
  }

  /**
   * Adds the records that end the group and begin a classic group of those who stay, who are to
   * join it again.
   *
   * @return what to do after the append
   */
  Runnable downgrade(
      ConsumerGroup group, Collection<ConsumerMember> leaving, List<CoordinatorRecord> records) {
    group.delete(records);
    Set<String> gone = new TreeSet<>();
    leaving.forEach(member -> gone.add(member.memberId()));
    List<ClassicGroupPicture.Member> members = new ArrayList<>(group.size());
    for (ConsumerMember member : group.members()) {
      if (!gone.contains(member.memberId())) {
        members.add(picture(member, group.target(member.memberId())));
      }
    }
    return begin(group, members, true, records);
  }

  /**
   * The same where a member of the classic protocol has taken the place of the last one of this
   * protocol, for which there are records already.
   *
   * @param rebalances whether what the group is assigned is out of date
   */
  Runnable downgrade(
      ConsumerGroup group,
      ConsumerMember replaced,
      ConsumerMember joining,
      boolean rebalances,
      List<CoordinatorRecord> records) {
    group.delete(replaced.memberId(), joining.memberId(), records);
    List<ClassicGroupPicture.Member> members = new ArrayList<>(group.size());
    for (ConsumerMember member : group.members()) {
      boolean isReplaced = member.memberId().equals(replaced.memberId());
      members.add(picture(isReplaced ? joining : member, group.target(member.memberId())));
    }
    return begin(group, members, rebalances, records);
  }

  private Runnable begin(
      ConsumerGroup group,
      List<ClassicGroupPicture.Member> members,
      boolean rebalances,
      List<CoordinatorRecord> records) {
    LOG.info(
        "Consumer group {} becomes a classic group: all its {} members speak that protocol",
        group.groupId(),
        members.size());
    return migration.beginClassic(
        new ClassicGroupPicture(
            group.groupId(), group.epoch(), EmbeddedProtocol.TYPE, false, members),
        rebalances,
        records);
  }

  private ClassicGroupPicture.Member picture(ConsumerMember member, MemberAssignment target) {
    MemberMetadata metadata = member.metadata();
    List<ClassicGroupPicture.Protocol> protocols = new ArrayList<>();
    for (ClassicProtocol protocol : metadata.classic().supportedProtocols()) {
      protocols.add(new ClassicGroupPicture.Protocol(protocol.name(), protocol.metadata()));
    }
    byte[] subscription = protocols.getFirst().metadata();
    return new ClassicGroupPicture.Member(
        member.memberId(),
        metadata.instanceId(),
        metadata.clientId(),
        metadata.clientHost(),
        metadata.classic().sessionTimeoutMs(),
        metadata.rebalanceTimeoutMs(),
        protocols,
        subscription,
        EmbeddedProtocol.writeAssignment(target.partitions(), groups.topics(), subscription));
  }
}
