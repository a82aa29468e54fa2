package io.ottla.broker.api;

import io.ottla.runtime.Shard;
import io.ottla.runtime.ShardTask;
import java.net.InetAddress;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** What a handler may know of, and do with, the connection a request came by. */
public interface ClientConnection {

  /** Name of the listener that accepted it, upper case: what Metadata's addresses depend on. */
  String listener();

  InetAddress peer();

  /**
   * Hands work over, in the order of the calls. When it is not accepted because a shard's ring is
   * full, it is tried again until it is, and the connection is not read meanwhile. On the
   * connection's event loop only.
   *
   * @param attempt hands the work over, or returns false and has done nothing
   */
  void handOver(BooleanSupplier attempt);

  /** Hands work to a shard, as above. */
  default void dispatch(Shard shard, ShardTask task) {
    handOver(() -> shard.offer(task));
  }

  /**
   * Runs work on the event loop when the connection closes; at once if it is closed already. On the
   * event loop only.
   *
   * @return forgets the work
   */
  Runnable whenClosed(Runnable work);

  /**
   * What a handler keeps for this connection; made when first asked for. On the event loop only.
   */
  <T> T state(Class<T> type, Supplier<T> make);

  /** The connection's event loop: work given to it runs in order, on the thread of the handlers. */
  Executor eventLoop();

  /**
   * Runs work on the event loop after a delay.
   *
   * @return cancels the work if it has not run
   */
  Runnable schedule(Runnable work, long delay, TimeUnit unit);
}
