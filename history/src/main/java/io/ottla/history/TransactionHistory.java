package io.ottla.history;

import io.ottla.history.History.Read;
import io.ottla.history.History.Write;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * What clients did in transactions and were told of them, for {@link TransactionChecker} to judge.
 * Any thread may add to it, each transaction is told of by the thread of its client; it is to be
 * judged when all have ended. Knows no client classes, so that clients of several versions, each in
 * a class loader of its own, can tell one history.
 *
 * <p>Every value is written once. Partitions of all topics are counted through. What all
 * transactions wrote, whatever became of them, is in {@link #log}, a history of its own.
 */
public final class TransactionHistory {
  /** How a transaction ended, as far as its client knows. */
  public enum Outcome {
    /** Nobody was told how it ended; it ended as it ended, but as a whole. */
    UNKNOWN,
    /** The client was told that it was committed. */
    COMMITTED,
    /** The client was told that it was aborted. */
    ABORTED
  }

  /** Input of a group that a transaction consumed: from one position of a partition to another. */
  public record Consumed(String group, int partition, long from, long to) {}

  /** What a value was made from: an input value, by a group that makes one output of each input. */
  public record Source(String group, long value) {}

  /** A value a reader with read_committed was given, at an instant. */
  public record CommittedRead(Read read, long atNs) {}

  /** A position that a member of a group asked for and was to go on at; 0 if there was none. */
  public record Position(String group, int partition, long position, long askedNs) {}

  /** The last stable offset and the high watermark of a partition when all is over. */
  public record Bounds(int partition, long stable, long end) {}

  /** One transaction. */
  public static final class Transaction {
    private final int client;
    private final int number;
    private final long begunNs;
    private final List<Write> writes = new ArrayList<>();
    private final List<Consumed> consumed = new ArrayList<>();
    private volatile long commitBegunNs = History.NONE;
    private volatile long endedNs = History.NONE;
    private volatile Outcome outcome = Outcome.UNKNOWN;
    private volatile String trouble = "";

    private Transaction(int client, int number, long begunNs) {
      this.client = client;
      this.number = number;
      this.begunNs = begunNs;
    }

    /** Input that is committed with it, if it is. */
    public void consume(Consumed input) {
      consumed.add(input);
    }

    /** The client is about to ask for its commit. */
    public void beginCommit(long nowNs) {
      if (commitBegunNs == History.NONE) {
        commitBegunNs = nowNs;
      }
    }

    /** The client was told how it ended. */
    public void end(Outcome told, long nowNs) {
      outcome = told;
      endedNs = nowNs;
    }

    /** Something went wrong on the way. */
    public void trouble(String what) {
      trouble = trouble.isEmpty() ? what : trouble + "; " + what;
    }

    /** When the client began it. */
    public long begunNs() {
      return begunNs;
    }

    public List<Write> writes() {
      return writes;
    }

    public List<Consumed> consumed() {
      return consumed;
    }

    public Outcome outcome() {
      return outcome;
    }

    /** When its commit was first asked for, or {@link History#NONE}: then it is not committed. */
    public long commitBegunNs() {
      return commitBegunNs;
    }

    /** When the client was told how it ended, or {@link History#NONE}. */
    public long endedNs() {
      return endedNs;
    }

    /** Whether nobody may ever see what is in it. */
    public boolean isOutOfSight() {
      return outcome == Outcome.ABORTED || commitBegunNs == History.NONE;
    }

    /** What went wrong on the way, or nothing. */
    public String trouble() {
      return trouble;
    }

    @Override
    public String toString() {
      return "transaction %d of client %d (%s%s)"
          .formatted(
              number, client, outcome, commitBegunNs == History.NONE ? ", never to commit" : "");
    }
  }

  private final List<String> topics;
  private final int partitionsOfEach;
  private final History log = new History();
  private final Queue<Transaction> transactions = new ConcurrentLinkedQueue<>();
  private final Map<Long, Source> sources = new ConcurrentHashMap<>();
  private final Queue<CommittedRead> reads = new ConcurrentLinkedQueue<>();
  private final Queue<Read> finalReads = new ConcurrentLinkedQueue<>();
  private final Queue<Position> positions = new ConcurrentLinkedQueue<>();
  private final Queue<Position> finalPositions = new ConcurrentLinkedQueue<>();
  private final Queue<Bounds> bounds = new ConcurrentLinkedQueue<>();
  private final Queue<String> problems = new ConcurrentLinkedQueue<>();
  private final Queue<String> faults = new ConcurrentLinkedQueue<>();

  /** Of these topics, each with so many partitions. */
  public TransactionHistory(List<String> topics, int partitionsOfEach) {
    this.topics = topics;
    this.partitionsOfEach = partitionsOfEach;
  }

  // ---- Partitions, counted through

  /** The number of a topic's partition among all. */
  public int partition(String topic, int partition) {
    return topics.indexOf(topic) * partitionsOfEach + partition;
  }

  public int partitions() {
    return topics.size() * partitionsOfEach;
  }

  /** The topic of a partition by its number among all. */
  public String topic(int partition) {
    return topics.get(partition / partitionsOfEach);
  }

  /** The number that a partition has in its topic. */
  public int numberInTopic(int partition) {
    return partition % partitionsOfEach;
  }

  // ---- What clients tell

  /** A client begins its transaction with this number. */
  public Transaction begin(int client, int number, long nowNs) {
    Transaction transaction = new Transaction(client, number, nowNs);
    transactions.add(transaction);
    return transaction;
  }

  /** A value is about to be sent in a transaction; values of one client ascend. */
  public Write send(Transaction transaction, int partition, long value, long nowNs) {
    Write write = log.send(transaction.client, partition, value, nowNs);
    transaction.writes.add(write);
    return write;
  }

  /** As {@link #send}, a value that is made from one of the input. */
  public Write send(Transaction transaction, int partition, long value, Source source, long nowNs) {
    sources.put(value, source);
    return send(transaction, partition, value, nowNs);
  }

  /** A reader with read_committed, which assigns and reads from 0 on, was given a value. */
  public void readCommitted(Read read, long nowNs) {
    reads.add(new CommittedRead(read, nowNs));
  }

  /** A member of a group goes on at this position. */
  public void position(Position position) {
    positions.add(position);
  }

  /** What read_committed shows when all is over, in order. */
  public void readFinally(int partition, long offset, long value) {
    finalReads.add(new Read(-1, partition, offset, value));
  }

  /** A group's position when all is over. */
  public void positionFinally(String group, int partition, long position) {
    finalPositions.add(new Position(group, partition, position, Long.MAX_VALUE));
  }

  /** How far readers with and without read_committed can read when all is over. */
  public void bounds(int partition, long stable, long end) {
    bounds.add(new Bounds(partition, stable, end));
  }

  /** Something happened to a client that is wrong whatever the history. */
  public void problem(String what) {
    problems.add(what);
  }

  /** Something was done to a broker. */
  public void fault(String what, long nowNs) {
    faults.add(nowNs + " " + what);
  }

  // ---- What was told

  /** All that was written, committed or not, and what readers with read_uncommitted saw of it. */
  public History log() {
    return log;
  }

  public Collection<Transaction> transactions() {
    return transactions;
  }

  /** How many transactions have ended so. */
  public long count(Outcome outcome) {
    return transactions.stream().filter(each -> each.outcome == outcome).count();
  }

  /** How many transactions of a client its commits have been confirmed of. */
  public long committed(int client) {
    return transactions.stream()
        .filter(each -> each.client == client && each.outcome == Outcome.COMMITTED)
        .count();
  }

  /** What a value was made from, or null. */
  public Source source(long value) {
    return sources.get(value);
  }

  public Collection<CommittedRead> reads() {
    return reads;
  }

  public Collection<Read> finalReads() {
    return finalReads;
  }

  public Collection<Position> positions() {
    return positions;
  }

  public Collection<Position> finalPositions() {
    return finalPositions;
  }

  public Collection<Bounds> bounds() {
    return bounds;
  }

  public Collection<String> problems() {
    return problems;
  }

  /** Writes all of it down, a line for each thing that happened; instants are nanoseconds. */
  public void save(Path file, String title) throws IOException {
    Files.createDirectories(file.getParent());
    try (PrintWriter out = new PrintWriter(Files.newBufferedWriter(file))) {
      out.println(title);
      problems.forEach(problem -> out.println("problem " + problem));
      faults.forEach(fault -> out.println("fault " + fault));
      for (int partition = 0; partition < partitions(); partition++) {
        out.printf("partition %d %s-%d%n", partition, topic(partition), numberInTopic(partition));
      }
      for (Transaction each : transactions) {
        out.printf(
            "%s begun %d commit %d ended %d %s%n",
            each, each.begunNs, each.commitBegunNs, each.endedNs, each.trouble);
        each.consumed.forEach(consumed -> out.println("  " + consumed));
        for (Write write : each.writes) {
          out.printf(
              "  write %d to %d sent %d answered %d offset %d %s %s%n",
              write.value(),
              write.partition(),
              write.sentNs(),
              write.answeredNs(),
              write.offset(),
              sources.getOrDefault(write.value(), null),
              write.failure());
        }
      }
      positions.forEach(out::println);
      finalPositions.forEach(position -> out.println("finally " + position));
      bounds.forEach(out::println);
      log.finalReads().forEach(read -> out.println("log " + read));
      finalReads.forEach(read -> out.println("committed " + read));
      log.reads().forEach(read -> out.println("uncommitted " + read));
      reads.forEach(out::println);
    }
  }
}
