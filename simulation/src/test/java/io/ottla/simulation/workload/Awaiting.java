package io.ottla.simulation.workload;

import io.ottla.simulation.client.ClientNetwork;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Waits for something in virtual time, and goes on also when it does not come to be. */
final class Awaiting {

  private static final int INTERVAL_MS = 100;

  private final ClientNetwork network;
  private final long limitMs;
  private final Consumer<String> problems;

  /** Tells of what does not come to be in time. */
  Awaiting(ClientNetwork network, long limitMs, Consumer<String> problems) {
    this.network = network;
    this.limitMs = limitMs;
    this.problems = problems;
  }

  void until(String what, BooleanSupplier condition, Runnable then) {
    until(what, condition, network.nowMs() + limitMs, then);
  }

  private void until(String what, BooleanSupplier condition, long untilMs, Runnable then) {
    if (condition.getAsBoolean()) {
      then.run();
    } else if (network.nowMs() >= untilMs) {
      problems.accept("stuck waiting for " + what);
      then.run();
    } else {
      network.after(INTERVAL_MS, "waits for " + what, () -> until(what, condition, untilMs, then));
    }
  }
}
