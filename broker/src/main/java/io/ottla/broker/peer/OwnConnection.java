package io.ottla.broker.peer;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import io.ottla.broker.api.ClientConnection;
import java.net.InetAddress;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** What stands for a client's connection when this node asks something of its own handlers. */
final class OwnConnection implements ClientConnection {

  private final EventLoop eventLoop;

  OwnConnection(EventLoop eventLoop) {
    this.eventLoop = eventLoop;
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
      var _ = eventLoop.schedule(() -> handOver(attempt), 1, TimeUnit.MILLISECONDS);
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
    return eventLoop;
  }

  @Override
  public Runnable schedule(Runnable work, long delay, TimeUnit unit) {
    ScheduledFuture<?> scheduled = eventLoop.schedule(work, delay, unit);
    return () -> scheduled.cancel(false);
  }
}
