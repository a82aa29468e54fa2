package io.ottla.simulation.workload;

import io.ottla.simulation.client.ClientMetadata;
import io.ottla.simulation.client.ClientNetwork;
import io.ottla.simulation.client.FetchSink;
import io.ottla.simulation.client.FetchedRecord;
import io.ottla.simulation.client.Fetcher;
import io.ottla.simulation.client.Fetcher.Isolation;
import io.ottla.simulation.client.OffsetLookup;
import io.ottla.wire.TopicPartition;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** Reads partitions from 0 to the end they have when it begins. */
final class FinalRead {

  private final ClientNetwork network;
  private final Fetcher fetcher;
  private final Map<TopicPartition, Long> ends = new TreeMap<>();
  private final int partitions;
  private int read;

  FinalRead(
      Surroundings around,
      String name,
      Isolation isolation,
      List<TopicPartition> partitions,
      BiConsumer<TopicPartition, FetchedRecord> found,
      Consumer<String> problems) {
    this.network = around.network(name);
    this.partitions = partitions.size();
    ClientMetadata metadata = new ClientMetadata(network);
    FetchSink sink =
        new FetchSink() {
          @Override
          public void onRecords(TopicPartition from, List<FetchedRecord> some, long next) {
            long end = ends.get(from);
            some.stream()
                .filter(record -> record.offset() < end)
                .forEach(record -> found.accept(from, record));
            endAt(from, next);
          }

          @Override
          public void onTrouble(TopicPartition from, String what) {
            problems.accept(name + " at " + from + ": " + what);
          }
        };
    this.fetcher = new Fetcher(network, metadata, isolation, sink);
    OffsetLookup offsets = new OffsetLookup(network, metadata);
    for (TopicPartition partition : partitions) {
      offsets.find(
          partition,
          OffsetLookup.LATEST,
          isolation,
          end -> {
            ends.put(partition, end);
            fetcher.assign(partition, 0);
            endAt(partition, 0);
          });
    }
  }

  private void endAt(TopicPartition partition, long position) {
    if (position >= ends.get(partition)) {
      fetcher.unassign(partition);
      read++;
      if (isDone()) {
        network.close();
      }
    }
  }

  boolean isDone() {
    return read == partitions;
  }

  /** Where the partitions ended. */
  Map<TopicPartition, Long> ends() {
    return ends;
  }
}
