package io.ottla.simulation.client;

import io.ottla.wire.TopicPartition;
import java.util.List;

/** Whom a {@link Fetcher} hands what it finds. */
public interface FetchSink {

  /**
   * Records in order, none of them if only markers or aborted records were passed.
   *
   * @param nextPosition where it goes on
   */
  void onRecords(TopicPartition partition, List<FetchedRecord> records, long nextPosition);

  /** Something a client of a healthy log is never told: what was read, or is to be, is gone. */
  void onTrouble(TopicPartition partition, String what);
}
