package io.ottla.coordinator;

import io.ottla.wire.ErrorCode;
import java.util.Objects;

/** An append that did not happen. Carries no stack: it is an answer, not a bug. */
public final class CoordinatorLogException extends Exception {

  private static final long serialVersionUID = 1L;

  private final ErrorCode error;

  public CoordinatorLogException(ErrorCode error) {
    super(error.message(), null, false, false);
    this.error = Objects.requireNonNull(error, "error");
  }

  /** Why, as the partition says it. */
  public ErrorCode error() {
    return error;
  }

  /** The same in words that clients of a coordinator understand. */
  ErrorCode coordinatorError() {
    return switch (error) {
      case UNKNOWN_TOPIC_OR_PARTITION, NOT_ENOUGH_REPLICAS, REQUEST_TIMED_OUT ->
          ErrorCode.COORDINATOR_NOT_AVAILABLE;
      case NOT_LEADER_OR_FOLLOWER, KAFKA_STORAGE_ERROR -> ErrorCode.NOT_COORDINATOR;
      case MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE, INVALID_FETCH_SIZE ->
          ErrorCode.UNKNOWN_SERVER_ERROR;
      default -> error;
    };
  }
}
