package io.ottla.bench.groups;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Assignment;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Subscription;
import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocolCollection;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData.SyncGroupRequestAssignment;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.HeartbeatRequest;
import org.apache.kafka.common.requests.JoinGroupRequest;
import org.apache.kafka.common.requests.JoinGroupResponse;
import org.apache.kafka.common.requests.SyncGroupRequest;
import org.apache.kafka.common.requests.SyncGroupResponse;
import org.apache.kafka.common.utils.Utils;

/** A member by the classic protocol, which deals out partitions in turn if it is the leader. */
final class RawClassicMember extends RawMember {

  private static final String TYPE = "consumer";
  private static final String ASSIGNOR = "in-turn";

  /** The stock consumer's heartbeat.interval.ms. */
  private static final int INTERVAL_MS = 3000;

  private final String topic;
  private final int partitions;
  private final int groupSize;
  private String memberId = JoinGroupRequest.UNKNOWN_MEMBER_ID;
  private int generation = JoinGroupRequest.UNKNOWN_GENERATION_ID;
  private int generationMembers;
  private boolean synced;

  RawClassicMember(String group, String topic, int partitions, int groupSize) {
    super(group);
    this.topic = topic;
    this.partitions = partitions;
    this.groupSize = groupSize;
  }

  @Override
  AbstractRequest.Builder<?> first() {
    synced = false;
    JoinGroupRequestProtocol protocol =
        new JoinGroupRequestProtocol()
            .setName(ASSIGNOR)
            .setMetadata(
                Utils.toArray(
                    ConsumerProtocol.serializeSubscription(new Subscription(List.of(topic)))));
    return new JoinGroupRequest.Builder(
        new JoinGroupRequestData()
            .setGroupId(group())
            .setMemberId(memberId)
            .setProtocolType(TYPE)
            .setSessionTimeoutMs(SESSION_TIMEOUT_MS)
            .setRebalanceTimeoutMs(REBALANCE_TIMEOUT_MS)
            .setProtocols(new JoinGroupRequestProtocolCollection(List.of(protocol).iterator())));
  }

  @Override
  AbstractRequest.Builder<?> heartbeat() {
    if (!synced) {
      return first();
    }
    return new HeartbeatRequest.Builder(
        new HeartbeatRequestData()
            .setGroupId(group())
            .setMemberId(memberId)
            .setGenerationId(generation));
  }

  @Override
  AbstractRequest.Builder<?> answered(AbstractResponse response) {
    return switch (response) {
      case JoinGroupResponse joined -> sync(joined.data());
      case SyncGroupResponse _ -> {
        synced = true;
        yield null;
      }
      default -> null;
    };
  }

  private AbstractRequest.Builder<?> sync(JoinGroupResponseData joined) {
    memberId = joined.memberId();
    generation = joined.generationId();
    boolean leads = joined.leader().equals(memberId);
    // Only the leader is told who the members are.
    generationMembers = leads ? joined.members().size() : groupSize;
    return new SyncGroupRequest.Builder(
        new SyncGroupRequestData()
            .setGroupId(group())
            .setMemberId(memberId)
            .setGenerationId(generation)
            .setProtocolType(TYPE)
            .setProtocolName(joined.protocolName())
            .setAssignments(leads ? dealOut(joined) : List.of()));
  }

  private List<SyncGroupRequestAssignment> dealOut(JoinGroupResponseData joined) {
    List<SyncGroupRequestAssignment> assignments = new ArrayList<>();
    int members = joined.members().size();
    for (int member = 0; member < members; member++) {
      List<TopicPartition> mine = new ArrayList<>();
      for (int partition = member; partition < partitions; partition += members) {
        mine.add(new TopicPartition(topic, partition));
      }
      assignments.add(
          new SyncGroupRequestAssignment()
              .setMemberId(joined.members().get(member).memberId())
              .setAssignment(
                  Utils.toArray(ConsumerProtocol.serializeAssignment(new Assignment(mine)))));
    }
    return assignments;
  }

  @Override
  AbstractRequest.Builder<?> refused(Errors error, AbstractResponse response) {
    if (error == Errors.MEMBER_ID_REQUIRED && response instanceof JoinGroupResponse joined) {
      memberId = joined.data().memberId();
      return first();
    }
    return error == Errors.REBALANCE_IN_PROGRESS ? first() : null;
  }

  @Override
  boolean isSettled() {
    return synced && generationMembers == groupSize;
  }

  @Override
  int intervalMs() {
    return INTERVAL_MS;
  }
}
