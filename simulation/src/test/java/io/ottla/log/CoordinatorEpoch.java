package io.ottla.log;

import io.ottla.wire.record.RecordBatch;

/** The epoch of the coordinator that wrote the end of a transaction. */
public final class CoordinatorEpoch {

  private CoordinatorEpoch() {}

  /** Of a control batch; -1 if it is something else. */
  public static int of(RecordBatch control) {
    TransactionMarker marker = TransactionMarker.read(control);
    return marker == null ? -1 : marker.coordinatorEpoch();
  }
}
