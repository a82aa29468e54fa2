package io.ottla.bench.transactions;

import io.ottla.bench.transactions.TransactionPlan.Processing;
import io.ottla.bench.transactions.TransactionPlan.Write;
import java.util.Locale;

/** What can be measured, by the name that {@code --only} knows it by. */
enum TransactionFigure {
  /** Transactions that last as long as the application wants them to. */
  PACED {
    @Override
    TransactionPlan plan(TransactionOptions options) {
      return writing(options, options.lastMs);
    }
  },

  /** Transactions that are committed as soon as they are written. */
  BACK_TO_BACK {
    @Override
    TransactionPlan plan(TransactionOptions options) {
      return writing(options, 0);
    }
  },

  /** Loops that read, process and write, their offsets in the transaction. */
  PROCESS {
    @Override
    TransactionPlan plan(TransactionOptions options) {
      return TransactionPlan.processing(
          options.brokers(),
          options.input(),
          warmUp(options),
          new Processing(WARM_UP_LOOPS, options.commitRecords, 0, options.seconds()),
          options.loops.stream()
              .map(
                  loops ->
                      new Processing(
                          loops, options.commitRecords, PROCESS_WARM_UP_SECONDS, options.seconds()))
              .toList());
    }
  };

  private static final int WARM_UP_PRODUCERS = 8;
  private static final int WARM_UP_LOOPS = 2;

  /** Short, since the input has an end, and another load has gone before. */
  private static final int PROCESS_WARM_UP_SECONDS = 1;

  /** What a load does on brokers that have just started. */
  abstract TransactionPlan plan(TransactionOptions options);

  private static TransactionPlan writing(TransactionOptions options, int lastMs) {
    return TransactionPlan.writing(
        options.brokers(),
        warmUp(options),
        options.producers().stream().map(producers -> write(options, producers, lastMs)).toList());
  }

  /** Without a pause, even before what has pauses: compilers count calls, not time. */
  private static Write warmUp(TransactionOptions options) {
    return new Write(WARM_UP_PRODUCERS, options.records, 0, 0, options.seconds());
  }

  private static Write write(TransactionOptions options, int producers, int lastMs) {
    return new Write(
        producers, options.records, lastMs, options.warmUpSeconds(), options.seconds());
  }

  /** As it is written on the command line. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
