package io.ottla.broker.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.timeout.IdleState;
import io.netty.handler.timeout.IdleStateEvent;
import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.ClientConnection;
import io.ottla.broker.tls.TlsContext;
import io.ottla.wire.ApiMessage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection: serves its frames, keeps its responses in the order of its requests, and
 * stops reading it when it or the broker has enough to do.
 *
 * <p>Owned by its event loop. Requests end on any thread; the first to end since the last sending
 * asks the event loop to send, the others ride along.
 */
final class Connection extends ChannelInboundHandlerAdapter
    implements ClientConnection, FrameDecoder.FrameHandler {

  private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

  /** Requests of one connection that may be in work at once; more wait unread. */
  static final int MAX_IN_FLIGHT = 128;

  private static final long RETRY_STALLED_US = 500;

  private final Channel channel;
  private final String listener;
  private final RequestDecoder requests;
  private final ResponseEncoder responses;
  private final RequestMemory memory;
  private final ReadGate gate;
  private final FrameDecoder frames;

  private final Queue<InFlightRequest<?>> inFlight = new ArrayDeque<>();
  private final Queue<BooleanSupplier> stalled = new ArrayDeque<>();
  private final Set<CloseHook> closeHooks = new LinkedHashSet<>();
  private final Map<Class<?>, Object> handlerState = new HashMap<>(2);
  private final AtomicBoolean sendingAsked = new AtomicBoolean();
  private Runnable whenDrained;
  private boolean reading;
  private boolean closed;

  Connection(
      Channel channel,
      String listener,
      int maxFrameBytes,
      RequestMemory memory,
      ReceiveBuffers receiveBuffers,
      RequestDecoder requests,
      ResponseEncoder responses) {
    this.channel = channel;
    this.listener = listener;
    this.requests = requests;
    this.responses = responses;
    this.memory = memory;
    this.gate = new ReadGate(channel, this::onGateOpen);
    this.frames = new FrameDecoder(maxFrameBytes, memory, receiveBuffers, gate, this);
  }

  FrameDecoder frameDecoder() {
    return frames;
  }

  private void onGateOpen() {
    frames.resume();
  }

  @Override
  public void onFrame(Frame frame) {
    InFlightRequest<?> request = requests.decode(this, frame);
    if (request == null) {
      channel.close();
      return;
    }
    inFlight.add(request);
    if (inFlight.size() >= MAX_IN_FLIGHT) {
      gate.close(ReadGate.Reason.IN_FLIGHT);
    }
    serve(request);
  }

  @Override
  public void onBadLength(int length, int maxLength) {
    LOG.warn(
        "Closing {}: it sent a request of {} bytes, allowed are 1 to {}"
            + " (socket.request.max.bytes). Is it a Kafka client, and not one that speaks TLS?",
        channel.remoteAddress(),
        length,
        maxLength);
  }

  private <Q extends ApiMessage> void serve(InFlightRequest<Q> request) {
    ApiHandler<Q> handler = request.handler();
    try {
      handler.handle(request);
    } catch (RuntimeException e) {
      LOG.error("{} from {} failed", handler.api(), channel.remoteAddress(), e);
      if (request.outcome() == null) {
        request.fail(RequestDecoder.errorOf(e));
      }
    }
  }

  /** A request of this connection ended; from any thread. */
  void onEnded() {
    if (!sendingAsked.compareAndSet(false, true)) {
      return;
    }
    if (!channel.eventLoop().inEventLoop()) {
      channel.eventLoop().execute(this::send);
    } else if (!reading) {
      send();
    }
  }

  /** Sends the responses at the head of the queue that are there. */
  private void send() {
    sendingAsked.set(false);
    boolean written = false;
    for (InFlightRequest<?> head = inFlight.peek(); head != null; head = inFlight.peek()) {
      InFlightRequest.Outcome outcome = head.outcome();
      if (outcome == null) {
        break;
      }
      inFlight.poll();
      switch (outcome) {
        case InFlightRequest.Outcome.Response response when closed -> response.ifNeverSent().run();
        case InFlightRequest.Outcome.Response response -> {
          responses.write(channel, head, response);
          written = true;
        }
        case InFlightRequest.Outcome.Silence _ -> {}
        case InFlightRequest.Outcome.Close close -> {
          if (!closed) {
            LOG.info("Closing {}: {}", channel.remoteAddress(), close.reason());
            channel.flush();
            channel.close();
          }
        }
      }
    }
    if (written) {
      channel.flush();
    }
    if (inFlight.size() < MAX_IN_FLIGHT) {
      gate.open(ReadGate.Reason.IN_FLIGHT);
    }
    tellIfDrained();
  }

  /**
   * Takes no more requests; those in work are answered. On the event loop.
   *
   * @param onDrained called once, when nothing is in work any more
   */
  void drain(Runnable onDrained) {
    gate.close(ReadGate.Reason.DRAINING);
    whenDrained = onDrained;
    tellIfDrained();
  }

  private void tellIfDrained() {
    if (whenDrained != null && inFlight.isEmpty()) {
      Runnable told = whenDrained;
      whenDrained = null;
      told.run();
    }
  }

  @Override
  public void handOver(BooleanSupplier attempt) {
    if (!stalled.isEmpty() || !attempt.getAsBoolean()) {
      stalled.add(attempt);
      if (stalled.size() == 1) {
        gate.close(ReadGate.Reason.RING);
        retryStalledLater();
      }
    }
  }

  private void retryStalledLater() {
    channel.eventLoop().schedule(this::retryStalled, RETRY_STALLED_US, TimeUnit.MICROSECONDS);
  }

  private void retryStalled() {
    try {
      for (BooleanSupplier head = stalled.peek(); head != null; head = stalled.peek()) {
        if (!head.getAsBoolean()) {
          retryStalledLater();
          return;
        }
        stalled.poll();
      }
    } catch (RuntimeException e) {
      LOG.error("Closing {}: handing over its work failed", channel.remoteAddress(), e);
      stalled.clear();
      channel.close();
    }
    gate.open(ReadGate.Reason.RING);
  }

  @Override
  public String listener() {
    return listener;
  }

  @Override
  public InetAddress peer() {
    return ((InetSocketAddress) channel.remoteAddress()).getAddress();
  }

  @Override
  public <T> T state(Class<T> type, Supplier<T> make) {
    return type.cast(handlerState.computeIfAbsent(type, _ -> make.get()));
  }

  @Override
  public Executor eventLoop() {
    return channel.eventLoop();
  }

  @Override
  public Runnable schedule(Runnable work, long delay, TimeUnit unit) {
    ScheduledFuture<?> scheduled = channel.eventLoop().schedule(work, delay, unit);
    return () -> scheduled.cancel(false);
  }

  @Override
  public Runnable whenClosed(Runnable work) {
    if (closed) {
      work.run();
      return () -> {};
    }
    CloseHook hook = new CloseHook(work);
    closeHooks.add(hook);
    return () -> closeHooks.remove(hook);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    reading = false;
    if (sendingAsked.get()) {
      send();
    }
  }

  /** Answers to what one read brought are sent together, after it. */
  @Override
  public void onRead() {
    reading = true;
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    gate.set(ReadGate.Reason.UNWRITABLE, !channel.isWritable());
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslHandshakeCompletionEvent handshake
        && !handshake.isSuccess()
        && channel.isActive()) {
      LOG.info(
          "Closing {}: its TLS handshake on listener {} failed: {}. Does it speak TLS, and trust"
              + " this node's certificate?",
          channel.remoteAddress(),
          listener,
          TlsContext.explain(handshake.cause()));
    } else if (event instanceof IdleStateEvent idle) {
      if (idle.state() == IdleState.ALL_IDLE && inFlight.isEmpty()) {
        LOG.debug("Closing {}: idle for connections.max.idle.ms", channel.remoteAddress());
        ctx.close();
      } else if (idle.state() == IdleState.READER_IDLE
          && frames.isInsideFrame()
          && gate.isOpen()
          && memory.isContended()) {
        LOG.warn(
            "Closing {}: it began a request, went silent, and others wait for its memory"
                + " (queued.max.request.bytes)",
            channel.remoteAddress());
        ctx.close();
      }
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    closed = true;
    for (CloseHook hook : List.copyOf(closeHooks)) {
      hook.work.run();
    }
    closeHooks.clear();
    send();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof DecoderException && cause.getCause() instanceof SSLException refused) {
      // A failed handshake was told when it failed; alerts that come later are the peer's verdict.
      LOG.debug("Closing {}: {}", channel.remoteAddress(), refused.getMessage());
    } else if (cause instanceof IOException) {
      LOG.debug("Connection {} broke: {}", channel.remoteAddress(), cause.toString());
    } else {
      LOG.error("Closing {} after an unexpected failure", channel.remoteAddress(), cause);
    }
    ctx.close();
  }

  /** Compared by identity: equal work may be registered twice. */
  private static final class CloseHook {

    final Runnable work;

    CloseHook(Runnable work) {
      this.work = work;
    }
  }
}
