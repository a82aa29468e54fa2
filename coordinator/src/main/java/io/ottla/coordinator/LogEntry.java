package io.ottla.coordinator;

/** One thing a coordinator's log says while it is loaded. */
sealed interface LogEntry {

  /** A record, written by the producer of a transaction or, mostly, by a coordinator. */
  record Data(long offset, long producerId, CoordinatorRecord record) implements LogEntry {}

  /** A control record that ends a transaction. */
  record TransactionEnd(long producerId, boolean committed) implements LogEntry {}

  default void replayInto(CoordinatorShard shard) {
    switch (this) {
      case Data data -> shard.replay(data.offset, data.producerId, data.record);
      case TransactionEnd end -> shard.replayEndTransaction(end.producerId, end.committed);
    }
  }
}
