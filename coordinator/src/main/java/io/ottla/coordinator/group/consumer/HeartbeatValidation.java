package io.ottla.coordinator.group.consumer;

import io.ottla.coordinator.CoordinatorException;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.ConsumerGroupHeartbeatRequest;
import io.ottla.wire.message.ConsumerGroupHeartbeatResponse;
import java.util.List;

/** What of a heartbeat can be seen to be wrong without the group. Any thread. */
final class HeartbeatValidation {

  /** Since then members bring their ids (KIP-1082). */
  private static final short MEMBER_ID_VERSION = 1;

  /**
   * Names of topics in one subscription, in characters. What is longer fits no record; it is
   * refused before a shard has to look at it.
   */
  private static final int MAX_SUBSCRIPTION_LENGTH = 1 << 20;

  private HeartbeatValidation() {}

  /** The refusal, or null. */
  static ConsumerGroupHeartbeatResponse validate(
      ConsumerGroupHeartbeatRequest request, short apiVersion, List<String> assignors) {
    int epoch = request.memberEpoch();
    if (apiVersion >= MEMBER_ID_VERSION || epoch > 0 || epoch == CurrentAssignment.LEAVE_EPOCH) {
      if (isBlank(request.memberId())) {
        return invalid("MemberId can't be empty.");
      }
    }
    if (isBlank(request.groupId())) {
      return invalid("GroupId can't be empty.");
    }
    if (isBlank(request.instanceId())) {
      return invalid("InstanceId can't be empty.");
    }
    if (isBlank(request.rackId())) {
      return invalid("RackId can't be empty.");
    }
    String problem = problemOfEpoch(request);
    if (problem != null) {
      return invalid(problem);
    }
    if (isTooLong(request.subscribedTopicNames())) {
      // What Kafka says when the record turns out to be too large for the log.
      return refusal(ErrorCode.UNKNOWN_SERVER_ERROR, "SubscribedTopicNames is too long.");
    }
    if (request.serverAssignor() != null && !assignors.contains(request.serverAssignor())) {
      return refusal(
          ErrorCode.UNSUPPORTED_ASSIGNOR,
          "ServerAssignor "
              + request.serverAssignor()
              + " is not supported. Supported assignors: "
              + String.join(", ", assignors)
              + ".");
    }
    return null;
  }

  private static String problemOfEpoch(ConsumerGroupHeartbeatRequest request) {
    int epoch = request.memberEpoch();
    if (epoch == CurrentAssignment.JOIN_EPOCH) {
      if (request.rebalanceTimeoutMs() == -1) {
        return "RebalanceTimeoutMs must be provided in first request.";
      }
      if (request.topicPartitions() == null || !request.topicPartitions().isEmpty()) {
        return "TopicPartitions must be empty when (re-)joining.";
      }
      if (request.subscribedTopicNames() == null && request.subscribedTopicRegex() == null) {
        return "Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when"
            + " (re-)joining.";
      }
    } else if (epoch == CurrentAssignment.STATIC_LEAVE_EPOCH) {
      if (request.instanceId() == null) {
        return "InstanceId can't be null.";
      }
    } else if (epoch < CurrentAssignment.STATIC_LEAVE_EPOCH) {
      return "MemberEpoch is invalid.";
    }
    return null;
  }

  private static boolean isTooLong(List<String> topicNames) {
    if (topicNames == null) {
      return false;
    }
    long length = 0;
    for (String name : topicNames) {
      length += name.length();
    }
    return length > MAX_SUBSCRIPTION_LENGTH;
  }

  private static boolean isBlank(String text) {
    return text != null && text.isBlank();
  }

  private static ConsumerGroupHeartbeatResponse invalid(String message) {
    return refusal(ErrorCode.INVALID_REQUEST, message);
  }

  static ConsumerGroupHeartbeatResponse refusal(CoordinatorException e) {
    return refusal(e.error(), e.getMessage());
  }

  private static ConsumerGroupHeartbeatResponse refusal(ErrorCode error, String message) {
    return new ConsumerGroupHeartbeatResponse().errorCode(error.code()).errorMessage(message);
  }
}
