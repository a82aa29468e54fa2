package io.ottla.coordinator.group;

import static io.ottla.coordinator.group.GroupBed.GROUP;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRecord;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupCurrentMemberAssignmentKey;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupCurrentMemberAssignmentValue;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupMemberMetadataKey;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupMemberMetadataValue;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupMetadataKey;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupMetadataValue;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupRegularExpressionKey;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupRegularExpressionValue;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupTargetAssignmentMetadataKey;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupTargetAssignmentMetadataValue;
import org.apache.kafka.coordinator.group.generated.GroupMetadataKey;
import org.apache.kafka.coordinator.group.generated.GroupMetadataValue;
import org.apache.kafka.server.common.ApiMessageAndVersion;

/** A random group of any kind, in the records of Kafka's coordinator. */
final class KafkaGroupRecords {

  private static final int EPOCH = 10;
  private static final Uuid T = new Uuid(7, 1);
  private static final Uuid U = new Uuid(7, 2);

  private final List<CoordinatorRecord> records = new ArrayList<>();
  private final List<String> memberIds = new ArrayList<>();

  private KafkaGroupRecords() {}

  /** A consumer group of so many members. */
  static KafkaGroupRecords consumerGroup(int members) {
    KafkaGroupRecords group = new KafkaGroupRecords();
    group.consumer(new Random(1), members);
    return group;
  }

  KafkaGroupRecords(Random random) {
    switch (random.nextInt(4)) {
      case 0 -> classic(random);
      case 1 -> consumer(random, 0);
      default -> consumer(random, 1 + random.nextInt(4));
    }
  }

  List<CoordinatorRecord> records() {
    return records;
  }

  boolean hasMembers() {
    return !memberIds.isEmpty();
  }

  /** Mostly that of a member. */
  String anyMemberId(Random random) {
    int choice = random.nextInt(memberIds.size() + 2);
    return choice < memberIds.size()
        ? memberIds.get(choice)
        : choice == memberIds.size() ? "" : "somebody";
  }

  /** Mostly one that may be right. */
  int anyEpoch(Random random) {
    return random.nextInt(5) == 0 ? -1 : EPOCH - 4 + random.nextInt(6);
  }

  private static CoordinatorRecord record(
      org.apache.kafka.common.protocol.ApiMessage key,
      org.apache.kafka.common.protocol.ApiMessage value,
      int version) {
    return CoordinatorRecord.record(key, new ApiMessageAndVersion(value, (short) version));
  }

  private void classic(Random random) {
    List<GroupMetadataValue.MemberMetadata> members = new ArrayList<>();
    int count = random.nextInt(3);
    for (int i = 0; i < count; i++) {
      memberIds.add("m" + i);
      members.add(
          new GroupMetadataValue.MemberMetadata()
              .setMemberId("m" + i)
              .setClientId("c")
              .setClientHost("/h")
              .setSessionTimeout(45_000)
              .setRebalanceTimeout(300_000)
              .setSubscription(GroupBed.subscription("t"))
              .setAssignment(new byte[0]));
    }
    records.add(
        record(
            new GroupMetadataKey().setGroup(GROUP),
            new GroupMetadataValue()
                .setProtocolType(random.nextBoolean() ? "consumer" : "connect")
                .setGeneration(EPOCH)
                .setProtocol(count == 0 ? null : "range")
                .setLeader(count == 0 ? null : "m0")
                .setCurrentStateTimestamp(random.nextBoolean() ? -1 : 1)
                .setMembers(members),
            3));
  }

  private void consumer(Random random, int count) {
    for (int i = 0; i < count; i++) {
      memberIds.add("m" + i);
      member(random, "m" + i);
    }
    if (count > 0 && random.nextBoolean()) {
      records.add(
          record(
              new ConsumerGroupRegularExpressionKey().setGroupId(GROUP).setRegularExpression("u.*"),
              new ConsumerGroupRegularExpressionValue().setTopics(List.of("u")),
              0));
    }
    records.add(
        record(
            new ConsumerGroupMetadataKey().setGroupId(GROUP),
            new ConsumerGroupMetadataValue().setEpoch(EPOCH),
            0));
    records.add(
        record(
            new ConsumerGroupTargetAssignmentMetadataKey().setGroupId(GROUP),
            new ConsumerGroupTargetAssignmentMetadataValue()
                .setAssignmentEpoch(EPOCH - random.nextInt(2)),
            0));
    for (int i = 0; i < count; i++) {
      assignment(random, i, count);
    }
  }

  private void member(Random random, String memberId) {
    ConsumerGroupMemberMetadataValue member =
        new ConsumerGroupMemberMetadataValue()
            .setInstanceId(null)
            .setRackId(null)
            .setSubscribedTopicRegex(null)
            .setServerAssignor(null)
            .setClassicMemberMetadata(null)
            .setClientId("c")
            .setClientHost("/h")
            .setRebalanceTimeoutMs(300_000)
            .setSubscribedTopicNames(random.nextInt(3) == 0 ? List.of("t", "u") : List.of("t"));
    if (random.nextInt(3) == 0) {
      member.setClassicMemberMetadata(
          new ConsumerGroupMemberMetadataValue.ClassicMemberMetadata()
              .setSessionTimeoutMs(45_000)
              .setSupportedProtocols(
                  List.of(
                      new ConsumerGroupMemberMetadataValue.ClassicProtocol()
                          .setName("range")
                          .setMetadata(GroupBed.subscription("t")))));
    } else if (random.nextInt(3) == 0) {
      member.setSubscribedTopicRegex("u.*");
    }
    records.add(
        record(
            new ConsumerGroupMemberMetadataKey().setGroupId(GROUP).setMemberId(memberId),
            member,
            0));
  }

  private void assignment(Random random, int number, int count) {
    int epoch = EPOCH - random.nextInt(3);
    List<ConsumerGroupCurrentMemberAssignmentValue.TopicPartitions> assigned = new ArrayList<>();
    List<ConsumerGroupCurrentMemberAssignmentValue.TopicPartitions> pending = new ArrayList<>();
    for (Uuid topic : List.of(T, U)) {
      for (int partition = number; partition < 3; partition += count) {
        var one =
            new ConsumerGroupCurrentMemberAssignmentValue.TopicPartitions()
                .setTopicId(topic)
                .setPartitions(List.of(partition))
                .setAssignmentEpochs(
                    random.nextInt(3) == 0 ? null : List.of(epoch - random.nextInt(4)));
        switch (random.nextInt(4)) {
          case 0 -> {}
          case 1 -> pending.add(one);
          default -> assigned.add(one);
        }
      }
    }
    records.add(
        record(
            new ConsumerGroupCurrentMemberAssignmentKey()
                .setGroupId(GROUP)
                .setMemberId("m" + number),
            new ConsumerGroupCurrentMemberAssignmentValue()
                .setMemberEpoch(epoch)
                .setPreviousMemberEpoch(epoch - 1)
                .setState((byte) 0)
                .setAssignedPartitions(merged(assigned))
                .setPartitionsPendingRevocation(merged(pending)),
            0));
  }

  /** One entry per topic, as Kafka writes it; without epochs if any lacks one. */
  private static List<ConsumerGroupCurrentMemberAssignmentValue.TopicPartitions> merged(
      List<ConsumerGroupCurrentMemberAssignmentValue.TopicPartitions> single) {
    List<ConsumerGroupCurrentMemberAssignmentValue.TopicPartitions> merged = new ArrayList<>();
    for (Uuid topic : List.of(T, U)) {
      var own = single.stream().filter(each -> each.topicId().equals(topic)).toList();
      if (own.isEmpty()) {
        continue;
      }
      boolean hasEpochs = own.stream().allMatch(each -> each.assignmentEpochs() != null);
      merged.add(
          new ConsumerGroupCurrentMemberAssignmentValue.TopicPartitions()
              .setTopicId(topic)
              .setPartitions(own.stream().map(each -> each.partitions().get(0)).toList())
              .setAssignmentEpochs(
                  hasEpochs
                      ? own.stream().map(each -> each.assignmentEpochs().get(0)).toList()
                      : null));
    }
    return merged;
  }
}
