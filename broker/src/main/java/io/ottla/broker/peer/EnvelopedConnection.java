package io.ottla.broker.peer;

import io.ottla.broker.api.ClientConnection;
import java.net.InetAddress;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** The connection an envelope came by, with the address of the client whose request is in it. */
final class EnvelopedConnection implements ClientConnection {

  private final ClientConnection broker;
  private final InetAddress client;

  EnvelopedConnection(ClientConnection broker, InetAddress client) {
    this.broker = broker;
    this.client = client;
  }

  @Override
  public String listener() {
    return broker.listener();
  }

  @Override
  public InetAddress peer() {
    return client;
  }

  @Override
  public void handOver(BooleanSupplier attempt) {
    broker.handOver(attempt);
  }

  @Override
  public Runnable whenClosed(Runnable work) {
    return broker.whenClosed(work);
  }

  @Override
  public <T> T state(Class<T> type, Supplier<T> make) {
    return broker.state(type, make);
  }

  @Override
  public Executor eventLoop() {
    return broker.eventLoop();
  }

  @Override
  public Runnable schedule(Runnable work, long delay, TimeUnit unit) {
    return broker.schedule(work, delay, unit);
  }
}
