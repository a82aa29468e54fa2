package io.ottla.broker.admin;

import io.ottla.metadata.controller.ControllerException;
import io.ottla.metadata.quorum.QuorumException;
import io.ottla.wire.ErrorCode;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** What a client is told when the quorum did not change its voters. */
final class QuorumFailure {

  private QuorumFailure() {}

  /** A change of the voters whose failure speaks the protocol's language. */
  static CompletableFuture<Void> told(CompletableFuture<Void> change) {
    return change.handle(
        (done, failure) -> {
          if (failure != null) {
            throw inProtocol(failure);
          }
          return null;
        });
  }

  private static RuntimeException inProtocol(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    return switch (cause) {
      case QuorumException.NotLeader notLeader ->
          // Who forwarded the request looks for the leader and tries again.
          new ControllerException(ErrorCode.NOT_CONTROLLER, notLeader.getMessage());
      case QuorumException.ChangeRefused refused ->
          new ControllerException(errorOf(refused.reason()), refused.getMessage());
      case QuorumException.OutcomeUnknown unknown ->
          new ControllerException(ErrorCode.REQUEST_TIMED_OUT, unknown.getMessage());
      case QuorumException.Overloaded overloaded ->
          new ControllerException(ErrorCode.REQUEST_TIMED_OUT, overloaded.getMessage());
      default -> new CompletionException(cause);
    };
  }

  private static ErrorCode errorOf(QuorumException.ChangeRefused.Reason reason) {
    return switch (reason) {
      case DUPLICATE_VOTER -> ErrorCode.DUPLICATE_VOTER;
      case VOTER_NOT_FOUND -> ErrorCode.VOTER_NOT_FOUND;
      // As Kafka answers while a change is under way, or the newcomer lags.
      case CHANGE_IN_PROGRESS, NOT_CAUGHT_UP -> ErrorCode.REQUEST_TIMED_OUT;
      case NOT_POSSIBLE -> ErrorCode.INVALID_REQUEST;
    };
  }
}
