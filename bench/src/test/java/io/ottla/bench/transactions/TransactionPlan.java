package io.ottla.bench.transactions;

import java.util.List;

/**
 * What one load JVM does with transactions on the brokers of one side.
 *
 * @param bootstrap where they listen
 * @param brokerPids whose CPU time is counted
 * @param replicationFactor of every topic
 * @param input records to put where the loops read; 0 if there are none
 * @param writeWarmUp as {@code writes}, before anything is measured, its figures dropped; null for
 *     none
 * @param processWarmUp the same of {@code processes}; it comes after the other
 */
record TransactionPlan(
    String bootstrap,
    List<Long> brokerPids,
    int replicationFactor,
    int input,
    Write writeWarmUp,
    List<Write> writes,
    Processing processWarmUp,
    List<Processing> processes) {

  /** So many partitions has every topic: the same for each of 1, 2, 4 and 8 loops. */
  static final int PARTITIONS = 8;

  static final int VALUE_BYTES = 100;

  /** Ample for what is fixed: start of the JVM, topics, the end. */
  private static final int BASE_SECONDS = 90;

  /** Ample for all that a load has around it: joining, reading back. */
  private static final int AROUND_SECONDS = 90;

  /** The slowest that filling the input may be. */
  private static final int INPUT_PER_SECOND = 10_000;

  /**
   * Producers that write, each one transaction after the other.
   *
   * @param records in each transaction
   * @param lastMs from the begin of a transaction to its commit, the records spread evenly; 0 for
   *     all at once
   */
  record Write(int producers, int records, int lastMs, int warmUpSeconds, int seconds) {}

  /**
   * Loops that read from one topic and write to another, each a consumer of one group and a
   * producer.
   *
   * @param commitRecords a transaction is committed after so many records, or after 100 ms
   */
  record Processing(int loops, int commitRecords, int warmUpSeconds, int seconds) {}

  static TransactionPlan writing(int replicationFactor, Write warmUp, List<Write> writes) {
    return new TransactionPlan(
        null, List.of(), replicationFactor, 0, warmUp, writes, null, List.of());
  }

  static TransactionPlan processing(
      int replicationFactor,
      int input,
      Write writeWarmUp,
      Processing warmUp,
      List<Processing> processes) {
    return new TransactionPlan(
        null, List.of(), replicationFactor, input, writeWarmUp, List.of(), warmUp, processes);
  }

  /** The same on brokers that have been started. */
  TransactionPlan at(String brokers, List<Long> pids) {
    return new TransactionPlan(
        brokers, pids, replicationFactor, input, writeWarmUp, writes, processWarmUp, processes);
  }

  /** The longest that a load which works may take. */
  int limitSeconds() {
    int loads = (writeWarmUp == null ? 0 : 1) + (processWarmUp == null ? 0 : 1);
    int longest = 0;
    for (Write write : writes) {
      loads++;
      longest = Math.max(longest, write.warmUpSeconds() + write.seconds());
    }
    for (Processing process : processes) {
      loads++;
      longest = Math.max(longest, process.warmUpSeconds() + process.seconds());
    }
    return BASE_SECONDS + input / INPUT_PER_SECOND + loads * (longest + AROUND_SECONDS);
  }
}
