package io.ottla.simulation;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.broker.SimulatedNode;
import io.ottla.log.CoordinatorEpoch;
import io.ottla.log.LogException;
import io.ottla.log.LogSlice;
import io.ottla.log.LogView;
import io.ottla.replication.Partition;
import io.ottla.replication.PartitionRole;
import io.ottla.wire.Uuid;
import io.ottla.wire.record.BatchHeader;
import io.ottla.wire.record.RecordBatch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What leaders have committed, and what must be so of it whenever a log changes: one leader for
 * each epoch of a partition; its high watermark does not go back; whoever leads later has all that
 * was committed, the same bytes at the same offsets; log start &lt;= last stable offset &lt;= high
 * watermark &lt;= log end.
 *
 * <p>Looked at after every event in which a process did something; what has not changed costs one
 * comparison.
 */
final class CommittedRecords {

  private record Id(Uuid topicId, int partition) {}

  private record Epoch(Id id, int epoch) {}

  private record Writer(Id id, long producerId) {}

  private record Replica(int nodeId, Id id) {}

  private record Seen(LogView view, PartitionRole role, int epoch, long highWatermark) {}

  /** A batch as it was committed. */
  private record Batch(
      long lastOffset, int epoch, int crc, long producerId, int coordinatorEpoch) {}

  private static final int READ_BYTES = 1 << 20;

  private final Map<Epoch, Integer> leaders = new HashMap<>();
  private final Map<Id, Integer> newest = new HashMap<>();
  private final Map<Id, TreeMap<Long, Batch>> committed = new HashMap<>();
  private final Map<Writer, Integer> coordinators = new HashMap<>();
  private final Map<Replica, Long> kept = new HashMap<>();
  private final Map<Partition, Seen> seen = new HashMap<>();
  private final UncleanElections unclean;
  private final SpoiltReplicas spoilt;
  private final RecordBatch batch = new RecordBatch();

  /**
   * @param unclean where a leader may lack what was committed: what it has counts as committed from
   *     then on
   * @param spoilt which replicas have wrong bits, until somebody finds them
   */
  CommittedRecords(UncleanElections unclean, SpoiltReplicas spoilt) {
    this.unclean = unclean;
    this.spoilt = spoilt;
  }

  /**
   * A process is gone.
   *
   * @param isAllThere whether its disk has what it wrote: then the next one has to find it
   */
  void onGone(int nodeId, SimulatedNode node, boolean isAllThere) {
    kept.keySet().removeIf(replica -> replica.nodeId == nodeId);
    for (Partition partition : node.partitions().all()) {
      seen.remove(partition);
      if (isAllThere) {
        kept.put(new Replica(nodeId, id(partition)), keptEnd(nodeId, partition));
      }
    }
  }

  /** How far it has what was committed: it may have been killed while it cut off the rest. */
  private long keptEnd(int nodeId, Partition partition) {
    LogView view = partition.view();
    if (isCompacted(partition)) {
      return view.logEndOffset();
    }
    Map<Long, Batch> its = committed.getOrDefault(id(partition), new TreeMap<>());
    long end = view.highWatermark();
    try {
      for (Map.Entry<Long, Batch> found :
          read(nodeId, partition, view, end, view.logEndOffset()).entrySet()) {
        if (!found.getValue().equals(its.get(found.getKey()))) {
          break;
        }
        end = found.getValue().lastOffset + 1;
      }
    } catch (UncheckedIOException | LogException e) {
      // The rest is cut off already.
      return end;
    }
    return end;
  }

  private static Id id(Partition partition) {
    return new Id(partition.topicId(), partition.topicPartition().partition());
  }

  /** What was committed and was on a disk that has lost nothing is there. */
  private void checkKept(int nodeId, Partition partition, LogView view) {
    Long end = kept.remove(new Replica(nodeId, id(partition)));
    TreeMap<Long, Batch> its = committed.get(id(partition));
    if (end != null && its != null && !its.isEmpty()) {
      long committedEnd = Math.min(end, its.lastEntry().getValue().lastOffset + 1);
      check(
          view.logEndOffset() >= committedEnd,
          "%s on %d ends at %d after a restart, where %d was there that was committed",
          partition.topicPartition(),
          nodeId,
          view.logEndOffset(),
          committedEnd);
    }
  }

  void look(int nodeId, SimulatedNode node) {
    for (Partition partition : node.partitions().all()) {
      LogView view = partition.view();
      PartitionRole role = partition.role();
      Seen last = seen.get(partition);
      if (last == null || last.view != view || last.role != role) {
        seen.put(partition, look(nodeId, partition, view, role, last));
      }
    }
  }

  private Seen look(int nodeId, Partition partition, LogView view, PartitionRole role, Seen last) {
    long highWatermark = view.highWatermark();
    if (last == null) {
      checkKept(nodeId, partition, view);
    }
    check(
        view.logStartOffset() <= view.lastStableOffset()
            && view.lastStableOffset() <= highWatermark
            && highWatermark <= view.logEndOffset(),
        "%s on %d: log start %d, last stable offset %d, high watermark %d, log end %d",
        partition.topicPartition(),
        nodeId,
        view.logStartOffset(),
        view.lastStableOffset(),
        highWatermark,
        view.logEndOffset());
    int epoch = partition.leaderEpoch();
    Seen now = new Seen(view, role, epoch, highWatermark);
    if (!role.isLeader()) {
      return now;
    }
    Id id = id(partition);
    Integer other = leaders.putIfAbsent(new Epoch(id, epoch), nodeId);
    check(
        other == null || other == nodeId,
        "%s is led by %d and by %d in epoch %d",
        partition.topicPartition(),
        other,
        nodeId,
        epoch);
    boolean sameEpoch = last != null && last.role.isLeader() && last.epoch == epoch;
    check(
        !sameEpoch || highWatermark >= last.highWatermark,
        "%s on %d: the high watermark goes back from %d to %d in epoch %d",
        partition.topicPartition(),
        nodeId,
        sameEpoch ? last.highWatermark : 0,
        highWatermark,
        epoch);
    TreeMap<Long, Batch> its = committed.computeIfAbsent(id, _ -> new TreeMap<>());
    int lastUnclean = unclean.lastEpoch(id.topicId, id.partition);
    if (epoch < lastUnclean) {
      return now; // What it commits, without knowing of the other, is lost.
    }
    int before = newest.getOrDefault(id, -1);
    if (before < lastUnclean) {
      its.clear();
      coordinators.keySet().removeIf(writer -> writer.id.equals(id));
    }
    // Who was deposed and has not heard of it may lack what was committed since.
    if (epoch > before) {
      newest.put(id, epoch);
      checkHasAll(nodeId, partition, view, its);
    }
    commit(nodeId, partition, view, its, highWatermark);
    return now;
  }

  /** A leader has all that was committed by those before it. */
  private void checkHasAll(
      int nodeId, Partition partition, LogView view, TreeMap<Long, Batch> its) {
    long end = its.isEmpty() ? 0 : its.lastEntry().getValue().lastOffset + 1;
    check(
        view.logEndOffset() >= end,
        "%s: %d leads in epoch %d with the log end %d, though %d was committed",
        partition.topicPartition(),
        nodeId,
        partition.leaderEpoch(),
        view.logEndOffset(),
        end);
    if (!isCompacted(partition) && !spoilt.isSpoilt(nodeId, partition.topicPartition())) {
      checkEquals(
          nodeId, partition, read(nodeId, partition, view, view.logStartOffset(), end), its);
    }
  }

  /** Compaction leaves out what was committed. */
  private static boolean isCompacted(Partition partition) {
    return partition.settings().log().compact();
  }

  private void commit(
      int nodeId, Partition partition, LogView view, TreeMap<Long, Batch> its, long highWatermark) {
    long end = its.isEmpty() ? view.logStartOffset() : its.lastEntry().getValue().lastOffset + 1;
    if (highWatermark > end) {
      Map<Long, Batch> news =
          read(nodeId, partition, view, Math.max(end, view.logStartOffset()), highWatermark);
      its.putAll(news);
      news.forEach((offset, it) -> checkCoordinator(partition, offset, it));
    }
  }

  /** Of a coordinator that was replaced, no marker comes behind one of its successor's. */
  private void checkCoordinator(Partition partition, long offset, Batch marker) {
    if (marker.coordinatorEpoch >= 0) {
      Id id = id(partition);
      Integer last = coordinators.put(new Writer(id, marker.producerId), marker.coordinatorEpoch);
      check(
          last == null || last <= marker.coordinatorEpoch,
          "%s has a marker of coordinator epoch %d for producer %d at %d, behind one of epoch %d",
          partition.topicPartition(),
          marker.coordinatorEpoch,
          marker.producerId,
          offset,
          last);
    }
  }

  private void checkEquals(
      int nodeId, Partition partition, Map<Long, Batch> found, TreeMap<Long, Batch> its) {
    found.forEach(
        (offset, read) -> {
          Batch was = its.get(offset);
          check(
              was == null || was.equals(read),
              "%s on %d has %s at %d, where %s was committed",
              partition.topicPartition(),
              nodeId,
              read,
              offset,
              was);
        });
  }

  /** At the end, with all at peace: every replica has what was committed. */
  List<String> differences(int nodeId, SimulatedNode node) {
    List<String> differences = new ArrayList<>();
    for (Partition partition : node.partitions().all()) {
      LogView view = partition.view();
      TreeMap<Long, Batch> its = committed.get(id(partition));
      if (its != null && !isCompacted(partition)) {
        Map<Long, Batch> found =
            read(nodeId, partition, view, view.logStartOffset(), view.logEndOffset());
        its.tailMap(view.logStartOffset())
            .forEach(
                (offset, was) -> {
                  if (!was.equals(found.get(offset))) {
                    differences.add(
                        "%s on %d has %s at %d, where %s was committed"
                            .formatted(
                                partition.topicPartition(),
                                nodeId,
                                found.get(offset),
                                offset,
                                was));
                  }
                });
      }
    }
    return differences;
  }

  private Map<Long, Batch> read(
      int nodeId, Partition partition, LogView view, long from, long upTo) {
    Map<Long, Batch> batches = new TreeMap<>();
    for (long at = from; at < upTo; ) {
      LogSlice slice = view.read(at, READ_BYTES, true, upTo);
      if (slice.isEmpty()) {
        slice.release();
        break;
      }
      ByteBuf bytes = Unpooled.buffer(slice.sizeInBytes());
      try {
        slice.copyTo(bytes);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } finally {
        slice.release();
      }
      for (int position = 0; position < bytes.writerIndex(); position += batch.sizeInBytes()) {
        check(
            isBatchAt(bytes, position),
            "%s on %d has something that is no batch at %d",
            partition.topicPartition(),
            nodeId,
            at);
        batches.put(
            batch.baseOffset(),
            new Batch(
                batch.lastOffset(),
                batch.partitionLeaderEpoch(),
                batch.crc(),
                batch.producerId(),
                coordinatorEpoch()));
        at = batch.nextOffset();
      }
    }
    return batches;
  }

  private boolean isBatchAt(ByteBuf bytes, int position) {
    int left = bytes.writerIndex() - position;
    if (left < BatchHeader.SIZE) {
      return false;
    }
    batch.wrap(bytes, position);
    return batch.magic() == BatchHeader.CURRENT_MAGIC
        && batch.length() >= BatchHeader.SIZE - BatchHeader.LOG_OVERHEAD
        && batch.sizeInBytes() <= left;
  }

  /** Of the coordinator that wrote a marker; -1 for what is none. */
  private int coordinatorEpoch() {
    return batch.isControl() && batch.hasProducerId() ? CoordinatorEpoch.of(batch) : -1;
  }

  private static void check(boolean holds, String otherwise, Object... values) {
    if (!holds) {
      throw new AssertionError(otherwise.formatted(values));
    }
  }
}
