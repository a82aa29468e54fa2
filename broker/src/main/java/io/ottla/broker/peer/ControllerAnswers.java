package io.ottla.broker.peer;

import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.AddRaftVoterResponse;
import io.ottla.wire.message.AllocateProducerIdsResponse;
import io.ottla.wire.message.AlterClientQuotasResponse;
import io.ottla.wire.message.AlterConfigsResponse;
import io.ottla.wire.message.AlterPartitionReassignmentsResponse;
import io.ottla.wire.message.AlterPartitionResponse;
import io.ottla.wire.message.AlterUserScramCredentialsResponse;
import io.ottla.wire.message.AssignReplicasToDirsResponse;
import io.ottla.wire.message.BrokerHeartbeatResponse;
import io.ottla.wire.message.BrokerRegistrationResponse;
import io.ottla.wire.message.ControllerRegistrationResponse;
import io.ottla.wire.message.CreateAclsResponse;
import io.ottla.wire.message.CreatePartitionsResponse;
import io.ottla.wire.message.CreateTopicsResponse;
import io.ottla.wire.message.DeleteAclsResponse;
import io.ottla.wire.message.DeleteTopicsResponse;
import io.ottla.wire.message.DescribeQuorumResponse;
import io.ottla.wire.message.ElectLeadersResponse;
import io.ottla.wire.message.EnvelopeResponse;
import io.ottla.wire.message.IncrementalAlterConfigsResponse;
import io.ottla.wire.message.ListPartitionReassignmentsResponse;
import io.ottla.wire.message.RemoveRaftVoterResponse;
import io.ottla.wire.message.UnregisterBrokerResponse;
import io.ottla.wire.message.UpdateFeaturesResponse;
import java.util.List;
import java.util.function.ToIntFunction;

/** Where the answers of controllers say that another one is to be asked. */
final class ControllerAnswers {

  private ControllerAnswers() {}

  /** Whether the controller that gave this answer is not, or no longer, the active one. */
  static boolean isNotController(ApiMessage answer) {
    return error(answer) == ErrorCode.NOT_CONTROLLER.code();
  }

  /** The answer's own error; of answers without, that of their first part. */
  private static int error(ApiMessage answer) {
    return switch (answer) {
      case BrokerRegistrationResponse a -> a.errorCode();
      case BrokerHeartbeatResponse a -> a.errorCode();
      case ControllerRegistrationResponse a -> a.errorCode();
      case AlterPartitionResponse a -> a.errorCode();
      case AllocateProducerIdsResponse a -> a.errorCode();
      case AssignReplicasToDirsResponse a -> a.errorCode();
      case UnregisterBrokerResponse a -> a.errorCode();
      case EnvelopeResponse a -> a.errorCode();
      case DescribeQuorumResponse a -> a.errorCode();
      case UpdateFeaturesResponse a -> a.errorCode();
      case AddRaftVoterResponse a -> a.errorCode();
      case RemoveRaftVoterResponse a -> a.errorCode();
      case ListPartitionReassignmentsResponse a -> a.errorCode();
      case AlterPartitionReassignmentsResponse a -> a.errorCode();
      case ElectLeadersResponse a -> error(a);
      case CreateTopicsResponse a -> first(a.topics(), topic -> topic.errorCode());
      case DeleteTopicsResponse a -> first(a.responses(), topic -> topic.errorCode());
      case CreatePartitionsResponse a -> first(a.results(), topic -> topic.errorCode());
      case AlterConfigsResponse a -> first(a.responses(), resource -> resource.errorCode());
      case IncrementalAlterConfigsResponse a ->
          first(a.responses(), resource -> resource.errorCode());
      case CreateAclsResponse a -> first(a.results(), result -> result.errorCode());
      case DeleteAclsResponse a -> first(a.filterResults(), result -> result.errorCode());
      case AlterClientQuotasResponse a -> first(a.entries(), entry -> entry.errorCode());
      case AlterUserScramCredentialsResponse a -> first(a.results(), result -> result.errorCode());
      default -> ErrorCode.NONE.code();
    };
  }

  /** Its first version has errors of partitions only. */
  private static int error(ElectLeadersResponse answer) {
    return answer.errorCode() != 0
        ? answer.errorCode()
        : first(
            answer.replicaElectionResults(),
            topic -> first(topic.partitionResult(), partition -> partition.errorCode()));
  }

  private static <P> int first(List<P> parts, ToIntFunction<P> error) {
    return parts.isEmpty() ? ErrorCode.NONE.code() : error.applyAsInt(parts.getFirst());
  }
}
