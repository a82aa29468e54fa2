package io.ottla.broker;

import io.ottla.log.cleaner.CleaningPace;
import io.ottla.replication.ReplicaMoves;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;

/** Moves replicas between log directories, as long as there are some to be moved. */
final class Mover implements PacedWork {

  /** Moves that wait for something, such as records to copy, are looked at again after this. */
  private static final long LOOK_AGAIN_NS = TimeUnit.MILLISECONDS.toNanos(50);

  private final ReplicaMoves moves;
  private final int threads;
  private final DoubleSupplier maxBytesPerSecond;

  Mover(ReplicaMoves moves, int threads, DoubleSupplier maxBytesPerSecond) {
    this.moves = moves;
    this.threads = threads;
    this.maxBytesPerSecond = maxBytesPerSecond;
  }

  @Override
  public int threads() {
    return threads;
  }

  @Override
  public double maxBytesPerSecond() {
    return maxBytesPerSecond.getAsDouble();
  }

  @Override
  public long step(CleaningPace pace) {
    if (moves.step(pace)) {
      return 0;
    }
    return moves.isIdle() ? UNTIL_WOKEN : LOOK_AGAIN_NS;
  }
}
