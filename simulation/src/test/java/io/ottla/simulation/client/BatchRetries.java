package io.ottla.simulation.client;

import io.ottla.wire.ErrorCode;

/** Whether a batch that was refused is sent again, and whether under a new epoch (KIP-360). */
final class BatchRetries {

  private final ProducerIdentity identity;

  /** For a producer with this identity; null if it has none. */
  BatchRetries(ProducerIdentity identity) {
    this.identity = identity;
  }

  boolean mayRetry(PartitionSends sends, Batch batch, ErrorCode error, long logStartOffset) {
    if (identity != null && error == ErrorCode.UNKNOWN_PRODUCER_ID) {
      return onUnknownProducer(sends, batch, logStartOffset);
    }
    if (identity != null && error == ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER) {
      return onOutOfOrder(sends, batch);
    }
    return error.isRetriable();
  }

  /** The broker has forgotten the producer: what it had is gone, or was never there. */
  private boolean onUnknownProducer(PartitionSends sends, Batch batch, long logStartOffset) {
    if (logStartOffset == -1 || batch.isSequenceReset()) {
      return true;
    }
    if (!identity.isTransactional()) {
      identity.requestBump(sends);
      return true;
    }
    if (sends.lastOffset() < logStartOffset) {
      sends.restart(identity.id(), identity.epoch());
      return true;
    }
    return false;
  }

  /** A batch before it is missing: on its way, or for good. */
  private boolean onOutOfOrder(PartitionSends sends, Batch batch) {
    if (!sends.isUnresolved() && (batch.isSequenceReset() || !sends.isNext(batch.sequence()))) {
      return true;
    }
    if (identity.isTransactional()) {
      return false;
    }
    if (!sends.isUnresolved() || sends.isAfterUnresolved(batch.sequence())) {
      identity.requestBump(sends);
    }
    return true;
  }
}
