package io.ottla.history;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What clients did to the partitions of one topic and what they were told, for {@link
 * HistoryChecker} to judge. Any thread may add to it; it is to be judged when all have ended.
 *
 * <p>Every value is written once. What was neither acknowledged nor failed, and what failed after
 * it was sent, may or may not be in the log.
 */
public final class History {
  /** No offset is known. */
  public static final long NONE = -1;

  /** Instead of an offset: it is in the log, and nobody was told where. */
  public static final long SOMEWHERE = -2;

  /** What a producer may expect of what is acknowledged to it. */
  public enum Promise {
    /** It is in the log, once, and in the order of sending. */
    ONCE_IN_ORDER,
    /** It is in the log. */
    AT_LEAST_ONCE,
    /** Nothing, as the leader alone has answered. */
    NOTHING
  }

  /** An edge of a partition that readers ask for. */
  public enum Edge {
    EARLIEST,
    STABLE,
    LATEST
  }

  /** An edge of a partition as one observer was told it. */
  public record EdgeSeen(int observer, int partition, Edge edge, long offset) {}

  /** One value sent to one partition; values of one producer ascend in the order of sending. */
  public static final class Write {
    private final Promise promise;
    private final int producer;
    private final int partition;
    private final long value;
    private final long knownOffset;
    private final long sentNs;
    private volatile long offset = NONE;
    private volatile long answeredNs = NONE;
    private volatile String failure;

    private Write(
        Promise promise, int producer, int partition, long value, long knownOffset, long sentNs) {
      this.promise = promise;
      this.producer = producer;
      this.partition = partition;
      this.value = value;
      this.knownOffset = knownOffset;
      this.sentNs = sentNs;
    }

    /** What its producer may expect. */
    public Promise promise() {
      return promise;
    }

    public int producer() {
      return producer;
    }

    public int partition() {
      return partition;
    }

    public long value() {
      return value;
    }

    /** The highest offset of the partition that anyone had been told of when this was sent. */
    public long knownOffset() {
      return knownOffset;
    }

    public long sentNs() {
      return sentNs;
    }

    /** The offset in the acknowledgement, {@link History#SOMEWHERE} or {@link History#NONE}. */
    public long offset() {
      return offset;
    }

    /** When the acknowledgement or the failure came, or {@link History#NONE}. */
    public long answeredNs() {
      return answeredNs;
    }

    /** What the application was told went wrong, or null. */
    public String failure() {
      return failure;
    }

    public boolean isAcknowledged() {
      return offset != NONE;
    }

    @Override
    public String toString() {
      return "%d of producer %d to partition %d, sent %d ms before its end: %s"
          .formatted(
              value,
              producer,
              partition,
              answeredNs == NONE ? NONE : (answeredNs - sentNs) / 1_000_000,
              failure != null
                  ? failure
                  : offset == NONE ? "no answer" : offset == SOMEWHERE ? "taken" : "at " + offset);
    }
  }

  /** A value a reader saw; a reader only ever assigns partitions, and reads each from 0 on. */
  public record Read(int reader, int partition, long offset, long value) {}

  /** The end of a partition (its high watermark) as one and the same observer was told it. */
  public record End(int partition, long offset) {}

  /** What one node said about a partition's leader. */
  public record Leader(int node, int partition, int leader, int epoch) {}

  private final Queue<Write> writes = new ConcurrentLinkedQueue<>();
  private final Queue<Read> reads = new ConcurrentLinkedQueue<>();
  private final Queue<Read> finalReads = new ConcurrentLinkedQueue<>();
  private final Queue<End> ends = new ConcurrentLinkedQueue<>();
  private final Queue<EdgeSeen> edges = new ConcurrentLinkedQueue<>();
  private final Queue<String> problems = new ConcurrentLinkedQueue<>();
  private final Queue<Leader> leaders = new ConcurrentLinkedQueue<>();
  private final ConcurrentHashMap<Integer, AtomicLong> known = new ConcurrentHashMap<>();
  private final AtomicLong acknowledged = new AtomicLong();

  /** A value is about to be sent. */
  public Write send(int producer, int partition, long value, long nowNs) {
    return send(Promise.ONCE_IN_ORDER, producer, partition, value, nowNs);
  }

  /** As above, by a producer that may expect less. */
  public Write send(Promise promise, int producer, int partition, long value, long nowNs) {
    Write write = new Write(promise, producer, partition, value, known(partition).get(), nowNs);
    writes.add(write);
    return write;
  }

  /** It was acknowledged with this offset, or as {@link #SOMEWHERE}. */
  public void acknowledge(Write write, long offset, long nowNs) {
    if (write.promise != Promise.NOTHING) {
      know(write.partition, offset);
    }
    write.answeredNs = nowNs;
    write.offset = offset;
    acknowledged.incrementAndGet();
  }

  /** The application was told that it failed. */
  public void fail(Write write, String failure, long nowNs) {
    write.answeredNs = nowNs;
    write.failure = failure;
  }

  /** A reader saw a value during the faults. */
  public void read(Read read) {
    know(read.partition, read.offset);
    reads.add(read);
  }

  /** What is in the log when all is over, in order. */
  public void readFinally(int partition, long offset, long value) {
    finalReads.add(new Read(-1, partition, offset, value));
  }

  /** The observer of ends was told this one. */
  public void end(int partition, long offset) {
    ends.add(new End(partition, offset));
  }

  /** An observer was told an edge. */
  public void edge(EdgeSeen seen) {
    edges.add(seen);
  }

  /** Something happened to a client that is wrong whatever the history. */
  public void problem(String what) {
    problems.add(what);
  }

  /** A node said who leads a partition. */
  public void leader(Leader leader) {
    leaders.add(leader);
  }

  private AtomicLong known(int partition) {
    return known.computeIfAbsent(partition, p -> new AtomicLong(NONE));
  }

  private void know(int partition, long offset) {
    known(partition).accumulateAndGet(offset, Math::max);
  }

  /** How many writes have been acknowledged so far. */
  public long acknowledged() {
    return acknowledged.get();
  }

  public Collection<Write> writes() {
    return writes;
  }

  /** The writes that the application was told have failed. */
  public List<Write> failures() {
    return writes.stream().filter(write -> write.failure != null).toList();
  }

  public Collection<Read> reads() {
    return reads;
  }

  public Collection<Read> finalReads() {
    return finalReads;
  }

  public Collection<End> ends() {
    return ends;
  }

  public Collection<EdgeSeen> edges() {
    return edges;
  }

  public Collection<String> problems() {
    return problems;
  }

  public Collection<Leader> leaders() {
    return leaders;
  }

  /** How many writes to a partition were acknowledged between two instants. */
  public long acknowledgedBetween(int partition, long fromNs, long toNs) {
    return writes.stream()
        .filter(write -> write.partition == partition && write.isAcknowledged())
        .filter(write -> write.answeredNs - fromNs >= 0 && write.answeredNs - toNs <= 0)
        .count();
  }

  /** The longest time between two acknowledgements of a partition between two instants. */
  public long longestStallNs(int partition, long fromNs, long toNs) {
    List<Long> times = new ArrayList<>();
    times.add(fromNs);
    for (Write write : writes) {
      if (write.partition == partition
          && write.isAcknowledged()
          && write.answeredNs - fromNs >= 0
          && write.answeredNs - toNs <= 0) {
        times.add(write.answeredNs);
      }
    }
    times.add(toNs);
    times.sort((a, b) -> Long.compare(a - fromNs, b - fromNs));
    long longest = 0;
    for (int i = 1; i < times.size(); i++) {
      longest = Math.max(longest, times.get(i) - times.get(i - 1));
    }
    return longest;
  }
}
