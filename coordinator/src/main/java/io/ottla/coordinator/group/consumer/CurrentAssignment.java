package io.ottla.coordinator.group.consumer;

import io.ottla.wire.Uuid;
import io.ottla.wire.message.ConsumerGroupCurrentMemberAssignmentValue;
import io.ottla.wire.message.ConsumerGroupCurrentMemberAssignmentValue.TopicPartitions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where a member is on its way to the target assignment. Immutable.
 *
 * @param epoch the epoch the member was told last, and has to come with
 * @param previousEpoch the one before, with which it comes if the last answer was lost
 * @param assigned the partitions it may read: topic to partition to the epoch in which it got it
 * @param pendingRevocation the partitions it has to give up and may still be reading, likewise
 */
public record CurrentAssignment(
    int epoch,
    int previousEpoch,
    MemberState state,
    Map<Uuid, Map<Integer, Integer>> assigned,
    Map<Uuid, Map<Integer, Integer>> pendingRevocation) {

  /** The epoch of a request to join. */
  static final int JOIN_EPOCH = 0;

  /** The epoch of a member that leaves, and of one whose removal is being replayed. */
  static final int LEAVE_EPOCH = -1;

  /** The epoch of a static member that will be back. */
  static final int STATIC_LEAVE_EPOCH = -2;

  /** Of a member that has just come. */
  static final CurrentAssignment NONE =
      new CurrentAssignment(JOIN_EPOCH, -1, MemberState.STABLE, Map.of(), Map.of());

  /** Of a member that is gone; its metadata may still be there for a moment. */
  static final CurrentAssignment REMOVED =
      new CurrentAssignment(LEAVE_EPOCH, LEAVE_EPOCH, MemberState.STABLE, Map.of(), Map.of());

  static CurrentAssignment of(ConsumerGroupCurrentMemberAssignmentValue value) {
    return new CurrentAssignment(
        value.memberEpoch(),
        value.previousMemberEpoch(),
        MemberState.forCode(value.state()),
        read(value.assignedPartitions(), value.memberEpoch()),
        read(value.partitionsPendingRevocation(), value.memberEpoch()));
  }

  /** The next step: the epoch until now becomes the previous one. */
  CurrentAssignment next(
      int nextEpoch,
      MemberState nextState,
      Map<Uuid, Map<Integer, Integer>> nextAssigned,
      Map<Uuid, Map<Integer, Integer>> nextPending) {
    return new CurrentAssignment(nextEpoch, epoch, nextState, nextAssigned, nextPending);
  }

  /** A member that has left under its static name: keeps its partitions, from any epoch. */
  CurrentAssignment leftForAWhile() {
    Map<Uuid, Map<Integer, Integer>> reset = new TreeMap<>();
    assigned.forEach(
        (topicId, epochs) -> {
          Map<Integer, Integer> zeros = new TreeMap<>();
          epochs.keySet().forEach(partition -> zeros.put(partition, 0));
          reset.put(topicId, zeros);
        });
    return new CurrentAssignment(STATIC_LEAVE_EPOCH, previousEpoch, state, reset, Map.of());
  }

  /** The same for a member that comes anew, under another id. */
  CurrentAssignment rejoined() {
    return new CurrentAssignment(JOIN_EPOCH, JOIN_EPOCH, state, assigned, pendingRevocation);
  }

  boolean isReconciledTo(int targetEpoch) {
    return state == MemberState.STABLE && epoch == targetEpoch;
  }

  /** The epoch in which the member got a partition it has or gives up; null if it is not its. */
  Integer assignmentEpoch(Uuid topicId, int partition) {
    Integer found = assigned.getOrDefault(topicId, Map.of()).get(partition);
    return found != null ? found : pendingRevocation.getOrDefault(topicId, Map.of()).get(partition);
  }

  ConsumerGroupCurrentMemberAssignmentValue toRecord() {
    return new ConsumerGroupCurrentMemberAssignmentValue()
        .memberEpoch(epoch)
        .previousMemberEpoch(previousEpoch)
        .state(state.code())
        .assignedPartitions(write(assigned))
        .partitionsPendingRevocation(write(pendingRevocation));
  }

  private static Map<Uuid, Map<Integer, Integer>> read(
      List<TopicPartitions> topics, int memberEpoch) {
    if (topics.isEmpty()) {
      return Map.of();
    }
    // Brokers before 4.3 wrote no epochs of partitions.
    int defaultEpoch = Math.max(memberEpoch, 0);
    Map<Uuid, Map<Integer, Integer>> result = new TreeMap<>();
    for (TopicPartitions topic : topics) {
      List<Integer> partitions = topic.partitions();
      List<Integer> epochs = topic.assignmentEpochs();
      boolean hasEpochs = epochs != null && epochs.size() == partitions.size();
      Map<Integer, Integer> ofTopic = new TreeMap<>();
      for (int i = 0; i < partitions.size(); i++) {
        ofTopic.put(partitions.get(i), hasEpochs ? epochs.get(i) : defaultEpoch);
      }
      result.put(topic.topicId(), ofTopic);
    }
    return result;
  }

  private static List<TopicPartitions> write(Map<Uuid, Map<Integer, Integer>> assignment) {
    List<TopicPartitions> topics = new ArrayList<>(assignment.size());
    assignment.forEach(
        (topicId, epochs) ->
            topics.add(
                new TopicPartitions()
                    .topicId(topicId)
                    .partitions(List.copyOf(epochs.keySet()))
                    .assignmentEpochs(List.copyOf(epochs.values()))));
    return topics;
  }
}
