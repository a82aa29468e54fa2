package io.ottla.simulation;

import io.netty.buffer.ByteBuf;
import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.ClientConnection;
import io.ottla.broker.api.HandlerTable;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * A node's side of a connection: serves requests with the production's handlers, and keeps the
 * responses in the order of the requests.
 */
final class ServedConnection implements ClientConnection {

  private static final int RETRY_STALLED_NS = 500_000;

  /** What a client or another node sends. */
  record Asked(long number, ApiKey api, short version, String clientId, ByteBuf bytes) {}

  /** What it is answered. */
  record Answered(long number, ByteBuf bytes) {}

  private final SimulatedProcess process;
  private final Pipe.End end;
  private final String listener;
  private final HandlerTable handlers;
  private final Executor eventLoop;
  private final Queue<ServedRequest<?>> inFlight = new ArrayDeque<>();
  private final Queue<BooleanSupplier> stalled = new ArrayDeque<>();
  private final Set<Runnable> closeHooks = new LinkedHashSet<>();
  private final Map<Class<?>, Object> handlerState = new HashMap<>();
  private boolean closed;

  ServedConnection(SimulatedProcess process, Pipe.End end, String listener, HandlerTable handlers) {
    this.process = process;
    this.end = end;
    this.listener = listener;
    this.handlers = handlers;
    this.eventLoop = process.lane("event loop");
    end.whenArrived(message -> process.now(() -> serve((Asked) message)));
    end.whenClosed(() -> process.now(this::onClosed));
  }

  private void serve(Asked asked) {
    if (closed) {
      return;
    }
    ApiHandler<?> handler = handlers.handler(asked.api);
    if (handler == null
        || asked.version < handler.oldestVersion()
        || asked.version > handler.latestVersion()) {
      throw new IllegalStateException(
          process + " does not serve version " + asked.version + " of " + asked.api);
    }
    serve(handler, asked);
  }

  private <Q extends ApiMessage> void serve(ApiHandler<Q> handler, Asked asked) {
    @SuppressWarnings("unchecked") // a handler serves its own API's request
    Q body = (Q) asked.api.newRequest();
    Wire.decode(body, asked.bytes, asked.version);
    ServedRequest<Q> request = new ServedRequest<>(this, handler, asked, body);
    inFlight.add(request);
    handler.handle(request);
  }

  /** One of its requests has ended. */
  void onEnded() {
    for (ServedRequest<?> head = inFlight.peek();
        head != null && head.isOver();
        head = inFlight.peek()) {
      inFlight.poll();
      if (closed) {
        head.isNeverSent();
      } else {
        send(head);
      }
    }
  }

  private void send(ServedRequest<?> request) {
    switch (request.outcome()) {
      case ServedRequest.Outcome.Response(ApiMessage message, Runnable _) -> {
        try {
          ByteBuf bytes = Wire.encode(message, request.version());
          end.send(new Answered(request.asked().number(), bytes));
        } catch (IOException e) {
          close();
        }
      }
      case ServedRequest.Outcome.Silence _ -> {}
      case ServedRequest.Outcome.Close _ -> close();
    }
  }

  void close() {
    end.close();
    onClosed();
  }

  private void onClosed() {
    if (closed) {
      return;
    }
    closed = true;
    new LinkedHashSet<>(closeHooks).forEach(Runnable::run);
    closeHooks.clear();
    onEnded();
  }

  @Override
  public String listener() {
    return listener;
  }

  @Override
  public InetAddress peer() {
    return InetAddress.getLoopbackAddress();
  }

  @Override
  public void handOver(BooleanSupplier attempt) {
    if (!stalled.isEmpty() || !attempt.getAsBoolean()) {
      stalled.add(attempt);
      if (stalled.size() == 1) {
        retryLater();
      }
    }
  }

  private void retryLater() {
    process.afterNs(RETRY_STALLED_NS, "stalled work", this::retry);
  }

  private void retry() {
    while (!stalled.isEmpty()) {
      if (!stalled.peek().getAsBoolean()) {
        retryLater();
        return;
      }
      stalled.poll();
    }
  }

  @Override
  public Runnable whenClosed(Runnable work) {
    if (closed) {
      work.run();
      return () -> {};
    }
    Runnable hook = new CloseHook(work);
    closeHooks.add(hook);
    return () -> closeHooks.remove(hook);
  }

  @Override
  public <T> T state(Class<T> type, Supplier<T> make) {
    return type.cast(handlerState.computeIfAbsent(type, _ -> make.get()));
  }

  @Override
  public Executor eventLoop() {
    return eventLoop;
  }

  @Override
  public Runnable schedule(Runnable work, long delay, TimeUnit unit) {
    Timeline.Event event = process.afterNs(unit.toNanos(delay), "event loop", work);
    return event::cancel;
  }

  /** Compared by identity: equal work may be registered twice. */
  private static final class CloseHook implements Runnable {

    private final Runnable work;

    CloseHook(Runnable work) {
      this.work = work;
    }

    @Override
    public void run() {
      work.run();
    }
  }
}
