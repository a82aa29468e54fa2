package io.ottla.compat.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.Await;
import io.ottla.compat.broker.BrokerProcess;
import io.ottla.compat.transaction.FaultPlan.Fault;
import io.ottla.compat.transaction.FaultPlan.Kind;
import io.ottla.history.History;
import io.ottla.history.TransactionHistory.Outcome;
import io.ottla.history.TransactionHistory.Transaction;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;

/**
 * Does to brokers what a {@link FaultPlan} says, waits after each fault until all clients get on,
 * and makes sure that each fault did happen: the process has died of a signal, or stands still.
 */
public final class TransactionFaults {
  private static final int FEWEST_OF_A_KIND = 2;
  private static final int KILLED = 128 + 9;
  private static final long ON_THE_WAY_NS = TimeUnit.MILLISECONDS.toNanos(1_500);

  /** A broker to which it happens. */
  public interface Victim {
    /** The process that runs now. */
    BrokerProcess process();

    /** Starts it again after it has died, and waits until it answers. */
    void restart() throws Exception;

    /** Whether nothing goes on without it. */
    boolean isOnly();
  }

  private final TransactionLoad load;
  private final FaultPlan plan;
  private final IntFunction<Victim> victims;
  private final Map<Kind, Integer> happened = new EnumMap<>(Kind.class);
  private final List<Long> instantsNs = new ArrayList<>();

  /** Of a plan, for brokers by their numbers in the plan. */
  public TransactionFaults(TransactionLoad load, FaultPlan plan, IntFunction<Victim> victims) {
    this.load = load;
    this.plan = plan;
    this.victims = victims;
  }

  /** The seed of this run: a new one unless the property {@code compat.seed} has one. */
  public static long seed() {
    long seed = Long.getLong("compat.seed", System.nanoTime() & 0xffffff);
    System.out.println("Seed: " + seed + " (-Dcompat.seed=" + seed + ")");
    return seed;
  }

  /** Does as planned for so long, and until each kind of fault has happened twice. */
  public void runFor(Duration duration) throws Exception {
    long beginNs = System.nanoTime();
    while (System.nanoTime() - beginNs < duration.toNanos()
        || happened.getOrDefault(Kind.KILL, 0) < FEWEST_OF_A_KIND
        || happened.getOrDefault(Kind.PAUSE, 0) < FEWEST_OF_A_KIND) {
      Fault fault = plan.next();
      Await.elapsed(System.nanoTime(), Duration.ofMillis(fault.quietMs()));
      long faultNs = System.nanoTime();
      instantsNs.add(faultNs);
      load.history().fault(fault.toString(), faultNs);
      Victim victim = victims.apply(fault.broker());
      switch (fault.kind()) {
        case KILL -> kill(victim, fault);
        case PAUSE -> pause(victim, fault);
      }
      load.history().fault(fault + " is over", System.nanoTime());
      happened.merge(fault.kind(), 1, Integer::sum);
      load.awaitProgress(2);
    }
    System.out.println("Faults: " + happened);
  }

  private static void kill(Victim victim, Fault fault) throws Exception {
    BrokerProcess process = victim.process();
    process.kill();
    assertThat(process.awaitExit(Duration.ofSeconds(10))).as("killed").isEqualTo(KILLED);
    Await.elapsed(System.nanoTime(), Duration.ofMillis(fault.durationMs()));
    victim.restart();
    assertThat(victim.process().pid()).as("another process").isNotEqualTo(process.pid());
  }

  private void pause(Victim victim, Fault fault) throws Exception {
    BrokerProcess process = victim.process();
    long pausedNs;
    long resumedNs;
    try {
      process.pause();
      pausedNs = System.nanoTime();
      Path state = Path.of("/proc", Long.toString(process.pid()), "stat");
      if (Files.isReadable(state)) {
        Await.until(
            "the process stands still",
            Duration.ofSeconds(5),
            () -> Files.readString(state).replaceFirst(".*\\) ", "").startsWith("T"));
      }
      Await.elapsed(pausedNs, Duration.ofMillis(fault.durationMs()));
    } finally {
      resumedNs = System.nanoTime();
      process.resume(); // clients could not be closed otherwise
    }
    if (victim.isOnly()) {
      assertThat(confirmedBetween(pausedNs + ON_THE_WAY_NS, resumedNs))
          .as("confirmed by a broker that stands still")
          .isZero();
    }
  }

  private long confirmedBetween(long fromNs, long toNs) {
    return load.history().transactions().stream()
        .filter(each -> each.outcome() == Outcome.COMMITTED)
        .filter(each -> each.endedNs() - fromNs > 0 && each.endedNs() - toNs < 0)
        .count();
  }

  /** How many transactions had begun before a fault and had not ended by then. */
  public long disturbed() {
    return load.history().transactions().stream()
        .filter(each -> instantsNs.stream().anyMatch(fault -> wasOpen(each, fault)))
        .count();
  }

  private static boolean wasOpen(Transaction transaction, long atNs) {
    return transaction.begunNs() - atNs < 0
        && transaction.endedNs() != History.NONE
        && transaction.endedNs() - atNs > 0;
  }
}
