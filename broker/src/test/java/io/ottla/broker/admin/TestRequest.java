package io.ottla.broker.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.ClientConnection;
import io.ottla.broker.api.Request;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.ProtocolReader;
import io.ottla.wire.ProtocolWriter;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * A request without a socket. The answer is written in the request's version and read again, so
 * that a field that version cannot carry fails the test. Timers run when the test says so.
 *
 * @param <Q> the request
 * @param <R> its response
 */
public final class TestRequest<Q extends ApiMessage, R extends ApiMessage>
    implements Request<Q>, ClientConnection {

  private record Timer(Runnable work, long delayMs) {}

  private final Q body;
  private final short version;
  private final String listener;
  private final Executor eventLoop;
  private final ApiHandler<Q> handler;
  private final List<Timer> timers = new ArrayList<>();
  private final List<Runnable> closeHooks = new ArrayList<>();
  private final List<BooleanSupplier> stalled = new ArrayList<>();
  private final Map<Class<?>, Object> state = new HashMap<>();
  private ApiMessage response;

  private TestRequest(
      ApiHandler<Q> handler, Q body, int version, String listener, Executor eventLoop) {
    this.handler = handler;
    this.body = body;
    this.version = (short) version;
    this.listener = listener;
    this.eventLoop = eventLoop;
  }

  /** Sends a request to a handler. */
  public static <Q extends ApiMessage, R extends ApiMessage> TestRequest<Q, R> send(
      ApiHandler<Q> handler, Q body, int version, String listener) {
    return send(new TestRequest<>(handler, body, version, listener, Runnable::run));
  }

  /** As above, with an event loop of the test's own. */
  public static <Q extends ApiMessage, R extends ApiMessage> TestRequest<Q, R> send(
      ApiHandler<Q> handler, Q body, int version, Executor eventLoop) {
    return send(new TestRequest<>(handler, body, version, "PLAINTEXT", eventLoop));
  }

  private static <Q extends ApiMessage, R extends ApiMessage> TestRequest<Q, R> send(
      TestRequest<Q, R> request) {
    ApiHandler<Q> handler = request.handler;
    assertThat(request.version).isBetween(handler.oldestVersion(), handler.latestVersion());
    handler.handle(request);
    return request;
  }

  public static <Q extends ApiMessage, R extends ApiMessage> TestRequest<Q, R> send(
      ApiHandler<Q> handler, Q body, int version) {
    return send(handler, body, version, "PLAINTEXT");
  }

  /** The answer as the handler gave it, with records where they are. */
  @SuppressWarnings("unchecked")
  public R given() {
    assertThat(response).as("an answer").isNotNull();
    return (R) response;
  }

  public boolean isAnswered() {
    return response != null;
  }

  /** The answer as the client reads it. */
  @SuppressWarnings("unchecked")
  public R answer() {
    assertThat(response).as("an answer").isNotNull();
    ApiMessage read = handler.api().newResponse();
    ByteBuf bytes = Unpooled.buffer(response.size(version));
    response.write(new ProtocolWriter(bytes), version);
    read.read(new ProtocolReader(bytes), version);
    assertThat(bytes.isReadable()).isFalse();
    return (R) read;
  }

  /** Runs the timers that are due within this time. */
  public void pass(long ms) {
    List<Timer> due = timers.stream().filter(timer -> timer.delayMs <= ms).toList();
    timers.removeAll(due);
    due.forEach(timer -> timer.work.run());
  }

  public int timers() {
    return timers.size();
  }

  @Override
  public Q body() {
    return body;
  }

  @Override
  public short version() {
    return version;
  }

  @Override
  public String clientId() {
    return "test";
  }

  @Override
  public ClientConnection connection() {
    return this;
  }

  @Override
  public void respond(ApiMessage answer, int recordBytes, Runnable ifNeverSent) {
    assertThat(response).as("only one answer").isNull();
    response = answer;
  }

  @Override
  public void fail(ErrorCode error) {
    respond(handler.failure(body, version, error));
  }

  @Override
  public void finishSilently() {
    throw new AssertionError("no answer");
  }

  @Override
  public void closeConnection(String reason) {
    throw new AssertionError(reason);
  }

  @Override
  public void releaseFrame() {}

  @Override
  public String listener() {
    return listener;
  }

  @Override
  public InetAddress peer() {
    return InetAddress.getLoopbackAddress();
  }

  /** What is not accepted waits for {@link #retryStalled}. */
  @Override
  public void handOver(BooleanSupplier work) {
    if (!work.getAsBoolean()) {
      stalled.add(work);
    }
  }

  /** Tries again what was not accepted; returns how much of it waits on. */
  public int retryStalled() {
    stalled.removeIf(BooleanSupplier::getAsBoolean);
    return stalled.size();
  }

  /** The connection closes. */
  public void close() {
    List.copyOf(closeHooks).forEach(Runnable::run);
  }

  @Override
  public Runnable whenClosed(Runnable work) {
    closeHooks.add(work);
    return () -> closeHooks.remove(work);
  }

  @Override
  public <T> T state(Class<T> type, Supplier<T> make) {
    return type.cast(state.computeIfAbsent(type, _ -> make.get()));
  }

  @Override
  public Executor eventLoop() {
    return eventLoop;
  }

  @Override
  public Runnable schedule(Runnable work, long delay, TimeUnit unit) {
    Timer timer = new Timer(work, unit.toMillis(delay));
    timers.add(timer);
    return () -> timers.remove(timer);
  }
}
