package io.ottla.log.cleaner;

import io.ottla.wire.record.RecordBatch;

/** Knows what became of transactions. Asked for each batch once, in the order of the log. */
public interface TransactionTrace {

  /** Whether a batch of data belongs to an aborted transaction. */
  boolean isAborted(RecordBatch data);

  /** Whether a control batch is the marker of a transaction of which no data is left. */
  boolean isObsolete(RecordBatch control);
}
