package io.ottla.broker.peer;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import io.ottla.broker.peer.PeerException.Reason;
import io.ottla.replication.PeerAnswer;
import io.ottla.runtime.Clock;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * A connection to another node: there when something is to be sent, made again when it was lost,
 * closed when it is idle. Any thread may send; requests of one thread leave in the order of its
 * calls. Answers come on the connection's event loop, so what depends on them must be short and not
 * block.
 *
 * <p>After a failure to connect, requests fail at once until a back-off has passed: whoever sends
 * decides whether to wait or to ask another node. A request that gets no answer in time fails; if
 * nothing at all came since it was sent, the connection is given up with it.
 *
 * <p>State is owned by the event loop. One line is logged whenever the other node becomes
 * unreachable, is lost, or is reached again.
 */
public final class PeerConnection implements PeerLink {

  private static final Logger LOG = LoggerFactory.getLogger(PeerConnection.class);

  private sealed interface State {

    /** Not connected, and free to be. */
    record Idle() implements State {}

    /** Connecting, or asking for versions. */
    record Opening() implements State {}

    record Open(PeerChannel channel) implements State {}

    /** Connecting failed; not tried again before the time. */
    record Down(long untilNs, String reason) implements State {}

    /** For good. */
    record Closed() implements State {}
  }

  /** Opens sockets. */
  interface Opener {

    /** Begins to connect; the owner hears from the channel when that has succeeded. */
    ChannelFuture open(EventLoop eventLoop, InetSocketAddress address, PeerChannel.Owner owner);

    /** Finds the addresses of a host, on some thread. */
    CompletableFuture<InetAddress[]> resolve(String host);
  }

  private final PeerAddress peer;
  private final PeerSettings settings;
  private final Clock clock;
  private final EventLoop eventLoop;
  private final Opener opener;
  private final Runnable onClosed;
  private final PeerChannel.Owner sockets = new Sockets();

  private final Deque<PeerRequest> waiting = new ArrayDeque<>();
  private State state = new State.Idle();
  private Channel opening;
  private int failures;
  private boolean isMissed;

  PeerConnection(
      PeerAddress peer,
      PeerSettings settings,
      Clock clock,
      EventLoop eventLoop,
      Opener opener,
      Runnable onClosed) {
    this.peer = peer;
    this.settings = settings;
    this.clock = clock;
    this.eventLoop = eventLoop;
    this.opener = opener;
    this.onClosed = onClosed;
  }

  @Override
  public PeerAddress peer() {
    return peer;
  }

  @Override
  public CompletableFuture<PeerAnswer<ApiMessage>> send(
      ApiKey api, short maxVersion, ApiMessage message, long timeoutMs) {
    PeerRequest request = new PeerRequest(api, maxVersion, message);
    run(request, () -> accept(request, timeoutMs));
    return request.answer();
  }

  private void run(PeerRequest request, Runnable work) {
    if (eventLoop.inEventLoop()) {
      work.run();
      return;
    }
    try {
      eventLoop.execute(work);
    } catch (RejectedExecutionException e) {
      request.fail(Reason.CLOSED, "This node is stopping.");
    }
  }

  private void accept(PeerRequest request, long timeoutMs) {
    if (state instanceof State.Closed) {
      request.fail(Reason.CLOSED, "The connection to " + peer + " was closed here.");
      return;
    }
    if (waiting.size() >= settings.maxWaiting()) {
      request.fail(Reason.BUSY, "Too many requests wait for " + peer + ".");
      return;
    }
    request.limitBy(
        eventLoop.schedule(
            () -> onTimeout(request, timeoutMs), Math.max(0, timeoutMs), TimeUnit.MILLISECONDS));
    waiting.add(request);
    pump();
  }

  /** Does what can be done for those that wait. */
  private void pump() {
    switch (state) {
      case State.Idle _ -> {
        if (!waiting.isEmpty()) {
          open();
        }
      }
      case State.Down down -> {
        if (clock.nowNs() - down.untilNs >= 0) {
          state = new State.Idle();
          pump();
        } else {
          failWaiting(Reason.UNREACHABLE, unreachable(down.reason));
        }
      }
      case State.Open open -> sendWaiting(open.channel);
      case State.Opening _ -> {}
      case State.Closed _ ->
          failWaiting(Reason.CLOSED, "The connection to " + peer + " was closed here.");
    }
  }

  private void sendWaiting(PeerChannel channel) {
    boolean sent = false;
    while (channel.isOpen() && !waiting.isEmpty() && channel.inFlight() < settings.maxInFlight()) {
      PeerRequest next = waiting.poll();
      if (!next.isOver()) {
        channel.send(next);
        sent = true;
      }
    }
    if (sent) {
      channel.flush();
    }
  }

  private void failWaiting(Reason reason, String text) {
    for (PeerRequest next = waiting.poll(); next != null; next = waiting.poll()) {
      next.fail(reason, text);
    }
  }

  private void open() {
    State.Opening attempt = new State.Opening();
    state = attempt;
    var timer =
        eventLoop.schedule(
            () -> onSetupTimeout(attempt), settings.setupTimeoutMs(), TimeUnit.MILLISECONDS);
    var _ =
        resolve()
            .whenCompleteAsync(
                (addresses, failure) -> {
                  if (!isCurrent(attempt)) {
                    timer.cancel(false);
                  } else if (failure != null) {
                    timer.cancel(false);
                    onUnreachable("its name is not known");
                  } else {
                    connect(attempt, addresses[failures % addresses.length]);
                  }
                },
                eventLoop);
  }

  private CompletableFuture<InetAddress[]> resolve() {
    try {
      return opener.resolve(peer.host());
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** By identity: an attempt that was given up may still report. */
  @SuppressWarnings("ReferenceEquality")
  private boolean isCurrent(State.Opening attempt) {
    return state == attempt;
  }

  private void connect(State.Opening attempt, InetAddress address) {
    ChannelFuture connecting =
        opener.open(eventLoop, new InetSocketAddress(address, peer.port()), sockets);
    opening = connecting.channel();
    var _ =
        connecting.addListener(
            done -> {
              if (!done.isSuccess() && isCurrent(attempt)) {
                onUnreachable(explain(done.cause()));
              }
            });
  }

  /** The transports' own words are long, and repeat the address. */
  private static String explain(Throwable failure) {
    String text = String.valueOf(failure.getMessage());
    return text.contains("Connection refused") ? "nobody listens there" : text;
  }

  private void onSetupTimeout(State.Opening attempt) {
    if (isCurrent(attempt)) {
      onUnreachable("it did not answer for " + settings.setupTimeoutMs() + " ms");
    }
  }

  /** Connecting failed; all that wait for it fail. */
  private void onUnreachable(String reason) {
    long backoffMs = settings.minBackoffMs();
    for (int i = 0; i < failures && backoffMs < settings.maxBackoffMs(); i++) {
      backoffMs *= 2;
    }
    backoffMs = Math.min(backoffMs, settings.maxBackoffMs());
    failures++;
    state = new State.Down(clock.nowNs() + TimeUnit.MILLISECONDS.toNanos(backoffMs), reason);
    abandonOpening();
    if (!isMissed) {
      isMissed = true;
      tell(Level.WARN, "{} cannot be reached: {}. It is tried again when there is need.", reason);
    }
    failWaiting(Reason.UNREACHABLE, unreachable(reason));
  }

  /** Who tells of failures by itself names the node by itself, too. */
  private String unreachable(String reason) {
    return settings.told() ? peer + " cannot be reached: " + reason : reason;
  }

  private void tell(Level level, String text, String reason) {
    LOG.atLevel(settings.told() ? level : Level.DEBUG).log(text, peer, reason);
  }

  private void abandonOpening() {
    if (opening != null) {
      Channel abandoned = opening;
      opening = null;
      abandoned.close();
    }
  }

  private void onTimeout(PeerRequest request, long timeoutMs) {
    boolean unsent = waiting.remove(request);
    request.fail(Reason.TIMED_OUT, peer + " did not answer within " + timeoutMs + " ms.");
    if (!unsent
        && state instanceof State.Open open
        && open.channel.lastReadNs() - request.sentNs() < 0) {
      open.channel.close("it did not answer for " + timeoutMs + " ms");
    }
  }

  /** What the connection's sockets have to say; those that were given up are not listened to. */
  private final class Sockets implements PeerChannel.Owner {

    @Override
    public void onReady(PeerChannel channel) {
      if (!(state instanceof State.Opening) || !channel.isOf(opening)) {
        return;
      }
      opening = null;
      failures = 0;
      state = new State.Open(channel);
      if (isMissed) {
        isMissed = false;
        tell(Level.INFO, "{} is reached again", "");
      } else {
        LOG.debug("Connected to {}", peer);
      }
      pump();
    }

    @Override
    public void onAnswer(PeerChannel channel) {
      if (isOpen(channel)) {
        sendWaiting(channel);
      }
    }

    @Override
    public void onClosed(PeerChannel channel, String reason, boolean wasIdle) {
      if (isOpen(channel)) {
        state = new State.Idle();
        if (wasIdle) {
          LOG.debug("Closed the connection to {}: {}", peer, reason);
        } else {
          isMissed = true;
          tell(Level.INFO, "Lost {}: {}", reason);
        }
        pump();
      } else if (state instanceof State.Opening && channel.isOf(opening)) {
        onUnreachable(reason);
      }
    }

    @SuppressWarnings("ReferenceEquality")
    private boolean isOpen(PeerChannel channel) {
      return state instanceof State.Open open && open.channel == channel;
    }
  }

  @Override
  public void close() {
    onClosed.run();
    try {
      eventLoop.execute(this::closeNow);
    } catch (RejectedExecutionException e) {
      LOG.debug("The event loop of {} has ended before its connection", peer);
    }
  }

  private void closeNow() {
    State before = state;
    state = new State.Closed();
    abandonOpening();
    if (before instanceof State.Open open) {
      open.channel.close("it was closed here");
    }
    pump();
  }
}
