package io.ottla.coordinator.transaction;

import io.ottla.wire.ErrorCode;

/**
 * What is to be done when a producer asks to end its transaction. A function of the transaction and
 * the request alone.
 *
 * <p>Before transaction version 2 a request and its retry look alike, so both ends of an outcome
 * are answered as if they were retries. From then on each end raises the epoch, and a retry is one
 * that still carries the epoch before; the transaction's own epoch means the next transaction,
 * which may be aborted without having begun (KIP-890).
 */
sealed interface EndDecision {

  /** The request makes no sense, or comes from a producer that may not. */
  record Refuse(ErrorCode error) implements EndDecision {}

  /** The transaction, or the one before it, is half finished. */
  record Wait() implements EndDecision {}

  /** A retry of what has happened: the producer goes on with what the transaction says. */
  record Done() implements EndDecision {}

  /** The outcome is to be written down. */
  record Prepare() implements EndDecision {}

  /**
   * Decides.
   *
   * @param version 0, or 2 if each transaction has its own epoch
   */
  static EndDecision of(
      Transaction transaction,
      long producerId,
      short producerEpoch,
      boolean isCommit,
      int version) {
    return version >= Transaction.EPOCH_PER_TRANSACTION
        ? withEpochs(transaction, producerId, producerEpoch, isCommit)
        : withoutEpochs(transaction, producerId, producerEpoch, isCommit);
  }

  private static EndDecision withoutEpochs(
      Transaction transaction, long producerId, short producerEpoch, boolean isCommit) {
    if (transaction.producerId() != producerId) {
      return new Refuse(ErrorCode.INVALID_PRODUCER_ID_MAPPING);
    }
    if (transaction.producerEpoch() != producerEpoch) {
      return new Refuse(ErrorCode.PRODUCER_FENCED);
    }
    return switch (transaction.status()) {
      case ONGOING -> new Prepare();
      case PREPARE_COMMIT, PREPARE_ABORT -> ifSame(transaction, isCommit, new Wait());
      case COMPLETE_COMMIT, COMPLETE_ABORT -> ifSame(transaction, isCommit, new Done());
      case EMPTY -> invalid();
    };
  }

  private static EndDecision withEpochs(
      Transaction transaction, long producerId, short producerEpoch, boolean isCommit) {
    if (transaction.isNextProducer(producerId, producerEpoch)) {
      return new Wait();
    }
    boolean isRetryAfterRotation =
        transaction.previousProducerId() == producerId
            && producerEpoch == Short.MAX_VALUE - 1
            && transaction.producerEpoch() == 0;
    if (transaction.producerId() != producerId && !isRetryAfterRotation) {
      return new Refuse(ErrorCode.INVALID_PRODUCER_ID_MAPPING);
    }
    boolean isRetry = isRetryAfterRotation || transaction.producerEpoch() == producerEpoch + 1;
    boolean isCurrent = transaction.producerEpoch() == producerEpoch;
    boolean isEpochValid =
        switch (transaction.status()) {
          case EMPTY, ONGOING -> isCurrent;
          case PREPARE_COMMIT, PREPARE_ABORT, COMPLETE_COMMIT, COMPLETE_ABORT ->
              isRetry || isCurrent;
        };
    if (!isEpochValid) {
      return new Refuse(ErrorCode.PRODUCER_FENCED);
    }
    return switch (transaction.status()) {
      case ONGOING -> new Prepare();
      case PREPARE_COMMIT, PREPARE_ABORT ->
          isRetry ? ifSame(transaction, isCommit, new Wait()) : new Wait();
      case COMPLETE_COMMIT, COMPLETE_ABORT ->
          isRetry ? ifSame(transaction, isCommit, new Done()) : abortOfNothing(isCommit);
      case EMPTY -> abortOfNothing(isCommit);
    };
  }

  /** A producer that failed may not know whether its transaction has begun. */
  private static EndDecision abortOfNothing(boolean isCommit) {
    return isCommit ? invalid() : new Prepare();
  }

  private static EndDecision ifSame(
      Transaction transaction, boolean isCommit, EndDecision decision) {
    return transaction.isCommit() == isCommit ? decision : invalid();
  }

  private static EndDecision invalid() {
    return new Refuse(ErrorCode.INVALID_TXN_STATE);
  }
}
