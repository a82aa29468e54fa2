package io.ottla.broker.transaction;

import io.ottla.log.ProducerState;
import io.ottla.replication.Partition;
import io.ottla.replication.PartitionTransactions;
import io.ottla.runtime.Clock;
import io.ottla.wire.TopicPartition;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches which transactions hold the last stable offset of partitions led here, and says so when
 * one does for longer than any transaction may take: readers of committed records wait for it.
 *
 * <p>{@link #tick} is called now and then by one thread; {@link #oldest} may be by any.
 */
public final class OpenTransactions {

  private static final Logger LOG = LoggerFactory.getLogger(OpenTransactions.class);

  private final Supplier<Collection<Partition>> partitions;
  private final Clock clock;
  private final long tooLongMs;
  private final Map<TopicPartition, Seen> seen = new ConcurrentHashMap<>();

  private record Seen(
      long producerId, short epoch, String transactionalId, long firstOffset, long sinceNs) {

    boolean isSameAs(ProducerState producer) {
      return producerId == producer.producerId()
          && firstOffset == producer.transactionFirstOffset();
    }
  }

  /**
   * @param tooLongMs after which a transaction is complained of: {@code transaction.max.timeout.ms}
   */
  public OpenTransactions(Supplier<Collection<Partition>> partitions, Clock clock, long tooLongMs) {
    this.partitions = partitions;
    this.clock = clock;
    this.tooLongMs = tooLongMs;
  }

  /** The oldest open transaction of each partition that has one. */
  public List<OpenTransaction> oldest() {
    long nowNs = clock.nowNs();
    return seen.entrySet().stream()
        .map(
            entry ->
                new OpenTransaction(
                    entry.getKey(),
                    entry.getValue().producerId,
                    entry.getValue().epoch,
                    entry.getValue().transactionalId,
                    entry.getValue().firstOffset,
                    TimeUnit.NANOSECONDS.toMillis(nowNs - entry.getValue().sinceNs)))
        .toList();
  }

  /** Looks at all partitions. */
  public void tick() {
    Collection<Partition> all = partitions.get();
    seen.keySet().removeIf(name -> all.stream().noneMatch(it -> it.topicPartition().equals(name)));
    for (Partition partition : all) {
      boolean mayHaveOne =
          partition.role().isLeader()
              && partition.view().lastStableOffset() < partition.view().logEndOffset();
      if (mayHaveOne) {
        partition.shard().submit(() -> look(partition));
      } else {
        seen.remove(partition.topicPartition());
      }
    }
  }

  private void look(Partition partition) {
    TopicPartition name = partition.topicPartition();
    ProducerState producer = partition.log().producerStates().oldestOpen();
    if (producer == null) {
      seen.remove(name);
      return;
    }
    Seen before = seen.get(name);
    if (before == null || !before.isSameAs(producer)) {
      seen.put(
          name,
          new Seen(
              producer.producerId(),
              producer.epoch(),
              new PartitionTransactions(partition).guards().transactionalId(producer.producerId()),
              producer.transactionFirstOffset(),
              clock.nowNs()));
    } else {
      complain(name, before);
    }
  }

  private void complain(TopicPartition name, Seen open) {
    long ageMs = TimeUnit.NANOSECONDS.toMillis(clock.nowNs() - open.sinceNs);
    if (ageMs > tooLongMs) {
      LOG.warn(
          "{}: the transaction of {} (producer {} epoch {}) is open from offset {} on for {} ms,"
              + " longer than transaction.max.timeout.ms ({} ms): readers of committed records wait"
              + " for it. kafka-transactions find-hanging and abort help",
          name,
          open.transactionalId == null ? "an unknown transactional id" : open.transactionalId,
          open.producerId,
          open.epoch,
          open.firstOffset,
          ageMs,
          tooLongMs);
    }
  }
}
