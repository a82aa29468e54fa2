package io.ottla.broker.peer;

import io.ottla.broker.api.ClientConnection;
import java.net.InetAddress;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** What stands for a client's connection when this node asks something of its own handlers. */
final class OwnConnection implements ClientConnection {

  private final WorkLoop loop;

  OwnConnection(WorkLoop loop) {
    this.loop = loop;
  }

  /** None. */
  @Override
  public String listener() {
    return "";
  }

  @Override
  public InetAddress peer() {
    return InetAddress.getLoopbackAddress();
  }

  @Override
  public void handOver(BooleanSupplier attempt) {
    if (!attempt.getAsBoolean()) {
      var _ = loop.later(() -> handOver(attempt), 1);
    }
  }

  /** It never closes. */
  @Override
  public Runnable whenClosed(Runnable work) {
    return () -> {};
  }

  @Override
  public <T> T state(Class<T> type, Supplier<T> make) {
    return make.get();
  }

  @Override
  public Executor eventLoop() {
    return loop;
  }

  @Override
  public Runnable schedule(Runnable work, long delay, TimeUnit unit) {
    return loop.later(work, unit.toMillis(delay));
  }
}
