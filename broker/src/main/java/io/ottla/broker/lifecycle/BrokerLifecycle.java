package io.ottla.broker.lifecycle;

import io.ottla.broker.peer.ControllerChannel;
import io.ottla.runtime.Shard;
import io.ottla.runtime.Timer;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.BrokerHeartbeatRequest;
import io.ottla.wire.message.BrokerHeartbeatResponse;
import io.ottla.wire.message.BrokerRegistrationRequest;
import io.ottla.wire.message.BrokerRegistrationResponse;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This broker's membership, as it sees it: registers, keeps its session alive with heartbeats, asks
 * to be unfenced when it is ready, and to be let go when it stops.
 *
 * <pre>
 *  NEW -> REGISTERING -> FENCED <-> RUNNING -> LEAVING -> LEFT
 * </pre>
 *
 * <p>Owned by one shard; the public methods may be called by any thread. Time is the shard's
 * monotonic clock: a jump of the wall clock ends no session.
 */
public final class BrokerLifecycle {

  private static final Logger LOG = LoggerFactory.getLogger(BrokerLifecycle.class);

  /** Between heartbeats while somebody waits for what they bring. */
  private static final int HURRIED_MS = 20;

  private static final int RETRY_MS = 200;

  /** A broker that stops waits so long for a controller to answer. */
  private static final int LEAVE_SILENCE_MS = 4_000;

  private enum State {
    NEW,
    REGISTERING,
    FENCED,
    RUNNING,
    LEAVING,
    LEFT
  }

  private final Shard shard;
  private final ControllerChannel controllers;
  private final BrokerRegistrationRequest registration;
  private final LongSupplier publishedOffset;
  private final Supplier<DiskTrouble> disksNow;
  private final LifecycleSettings settings;
  private final SessionListener sessionListener;

  private final CompletableFuture<Long> registered = new CompletableFuture<>();
  private final CompletableFuture<Void> unfenced = new CompletableFuture<>();
  private final CompletableFuture<Void> left = new CompletableFuture<>();

  private State state = State.NEW;
  private boolean ready;
  private boolean trustsItself = true;
  private boolean inFlight;

  /** Whether there is more to tell than the heartbeat in flight does. */
  private boolean hasNews;

  /** As of the last heartbeat. */
  private DiskTrouble disks = DiskTrouble.NONE;

  private String lastRefusal = "";
  private long registeringSinceNs;
  private long sentNs;
  private long answeredNs;
  private long leavingSinceNs;
  private Timer next;

  private volatile long brokerEpoch = -1;

  /** Since when, and whether, this broker is the one that a controller takes it for. */
  private volatile long sessionNs;

  private volatile boolean hasSession;

  /**
   * @param registration what this broker says of itself
   * @param publishedOffset how far the metadata is taken over here
   * @param disks looked at for each heartbeat; as long as the broker should yield, it asks to be
   *     fenced
   */
  public BrokerLifecycle(
      Shard shard,
      ControllerChannel controllers,
      BrokerRegistrationRequest registration,
      LongSupplier publishedOffset,
      Supplier<DiskTrouble> disks,
      LifecycleSettings settings,
      SessionListener sessionListener) {
    this.shard = shard;
    this.controllers = controllers;
    this.registration = registration;
    this.publishedOffset = publishedOffset;
    this.disksNow = disks;
    this.settings = settings;
    this.sessionListener = sessionListener;
  }

  /**
   * Whether no controller can have fenced this broker by now, and given to others what it leads: it
   * was told less than a session ago that it is not fenced, in answer to what it sent since then.
   * True of this moment, also if nothing has run here for a while. Any thread.
   */
  public boolean hasSession() {
    return hasSession
        && shard.clock().nowNs() - sessionNs
            < TimeUnit.MILLISECONDS.toNanos(settings.sessionTimeoutMs());
  }

  /** The epoch of this broker's registration, or -1 before it. */
  public long brokerEpoch() {
    return brokerEpoch;
  }

  /**
   * Makes this broker known; heartbeats follow. Fails with an {@link IllegalStateException} that
   * says what to do when the controllers refuse, or none answers in time.
   *
   * @return the broker's epoch
   */
  public CompletableFuture<Long> register() {
    shard.submit(
        () -> {
          state = State.REGISTERING;
          registeringSinceNs = shard.clock().nowNs();
          sendRegistration();
        });
    return registered;
  }

  /**
   * The broker could lead and serve. Completed when the controller lets it, or knows that it cannot
   * lead yet because of its disks.
   */
  public CompletableFuture<Void> ready() {
    shard.submit(
        () -> {
          ready = true;
          hurry();
        });
    return unfenced;
  }

  /**
   * Asks to leave: leadership moves to others first. Completed when the broker may stop, or when no
   * controller has answered for {@value #LEAVE_SILENCE_MS} ms; never fails.
   */
  public CompletableFuture<Void> leave() {
    shard.submit(
        () -> {
          if (state == State.FENCED || state == State.RUNNING) {
            state = State.LEAVING;
            leavingSinceNs = shard.clock().nowNs();
            hurry();
          } else {
            end();
          }
        });
    return left;
  }

  /** How far this broker has got with the metadata, or its disks, are news: it tells now. */
  public void report() {
    shard.submit(
        () -> {
          if (state == State.FENCED || state == State.RUNNING) {
            hurry();
          }
        });
  }

  /** Ends without asking anybody. */
  public void close() {
    shard.submit(this::end);
  }

  private void end() {
    state = State.LEFT;
    if (next != null) {
      next.cancel();
    }
    left.complete(null);
  }

  private void sendRegistration() {
    if (state != State.REGISTERING) {
      return;
    }
    var _ =
        controllers
            .send(ApiKey.BROKER_REGISTRATION, registration, settings.registrationTimeoutMs())
            .whenComplete(
                (response, failure) -> shard.submit(() -> onRegistration(response, failure)));
  }

  private void onRegistration(ApiMessage answer, Throwable failure) {
    if (state != State.REGISTERING) {
      return;
    }
    if (failure != null) {
      retryRegistration("no controller has answered: " + failure.getMessage());
      return;
    }
    BrokerRegistrationResponse response = (BrokerRegistrationResponse) answer;
    ErrorCode error = ErrorCode.forCode(response.errorCode());
    switch (error) {
      case NONE -> onRegistered(response.brokerEpoch());
      case DUPLICATE_BROKER_REGISTRATION ->
          retryRegistration(
              "another process that is alive is registered as node "
                  + registration.brokerId()
                  + ". Stop it, or give this one another node.id");
      case NOT_CONTROLLER, REQUEST_TIMED_OUT, NETWORK_EXCEPTION ->
          retryRegistration(error + ": " + error.message());
      default -> refuse("the controller refuses this broker: " + error + ": " + error.message());
    }
  }

  private void onRegistered(long epoch) {
    if (brokerEpoch >= 0) {
      LOG.info("Registered again, with epoch {}", epoch);
    }
    brokerEpoch = epoch;
    lastRefusal = "";
    state = State.FENCED;
    answeredNs = shard.clock().nowNs();
    registered.complete(epoch);
    hurry();
  }

  private void retryRegistration(String why) {
    if (elapsedMs(registeringSinceNs) >= settings.registrationTimeoutMs() && brokerEpoch < 0) {
      refuse(why);
      return;
    }
    if (!why.equals(lastRefusal)) {
      lastRefusal = why;
      LOG.warn("This broker is not registered yet and tries again: {}", why);
    }
    next = shard.schedule(RETRY_MS, this::sendRegistration);
  }

  private void refuse(String why) {
    state = State.LEFT;
    if (!registered.completeExceptionally(new IllegalStateException(why))) {
      // It was registered once: nobody waits for this any more.
      LOG.error("This broker is out of the cluster until it is restarted: {}", why);
    }
    left.complete(null);
  }

  /** Somebody waits: the next heartbeat goes at once. */
  private void hurry() {
    if (inFlight) {
      hasNews = true;
    } else {
      scheduleHeartbeat(0);
    }
  }

  private void scheduleHeartbeat(long delayMs) {
    if (next != null) {
      next.cancel();
    }
    next = shard.schedule(delayMs, this::sendHeartbeat);
  }

  private void sendHeartbeat() {
    if (inFlight || (state != State.FENCED && state != State.RUNNING && state != State.LEAVING)) {
      return;
    }
    inFlight = true;
    hasNews = false;
    sentNs = shard.clock().nowNs();
    disks = disksNow.get();
    BrokerHeartbeatRequest request =
        new BrokerHeartbeatRequest()
            .brokerId(registration.brokerId())
            .brokerEpoch(brokerEpoch)
            .currentMetadataOffset(publishedOffset.getAsLong())
            .wantFence(!ready || disks.shouldYield())
            .wantShutDown(state == State.LEAVING)
            .offlineLogDirs(disks.failed());
    var _ =
        controllers
            .send(ApiKey.BROKER_HEARTBEAT, request, patienceMs())
            .whenComplete(
                (response, failure) -> shard.submit(() -> onHeartbeat(response, failure)));
  }

  /**
   * How long a heartbeat's answer is waited for: half a session, as in Kafka, so that a controller
   * with too little time still keeps brokers. But the end of a session has to be noticed in time,
   * and who leaves waits for nobody who does not answer.
   */
  private int patienceMs() {
    long leftMs =
        state == State.LEAVING
            ? 0
            : trustsItself ? settings.sessionTimeoutMs() - elapsedMs(answeredNs) : Long.MAX_VALUE;
    long patienceMs = Math.min(settings.sessionTimeoutMs() / 2, leftMs);
    return (int) Math.max(settings.heartbeatIntervalMs(), patienceMs);
  }

  private void onHeartbeat(ApiMessage answer, Throwable failure) {
    inFlight = false;
    if (state == State.LEFT) {
      return;
    }
    ErrorCode error =
        failure != null
            ? ErrorCode.REQUEST_TIMED_OUT
            : ErrorCode.forCode(((BrokerHeartbeatResponse) answer).errorCode());
    switch (error) {
      case NONE -> onAlive((BrokerHeartbeatResponse) answer);
      case STALE_BROKER_EPOCH, BROKER_ID_NOT_REGISTERED -> registerAgain(error);
      default -> onSilence(failure == null ? error.toString() : failure.getMessage());
    }
  }

  private void onAlive(BrokerHeartbeatResponse response) {
    // A session is counted from when the controller heard this broker, which was later.
    answeredNs = sentNs;
    if (response.isFenced()) {
      onFenced();
    } else {
      onUnfenced();
    }
    if (state == State.LEAVING) {
      if (response.shouldShutDown()) {
        end();
      } else {
        scheduleHeartbeat(HURRIED_MS);
      }
      return;
    }
    boolean wasRunning = state == State.RUNNING;
    state = response.isFenced() ? State.FENCED : State.RUNNING;
    boolean yields = ready && disks.shouldYield();
    if (state == State.RUNNING || yields) {
      unfenced.complete(null);
    }
    if (wasRunning && state == State.FENCED) {
      LOG.warn(
          "The controller has fenced this broker{}",
          !yields
              ? ", which asks to be taken back"
              : disks.failed().isEmpty()
                  ? ": a log directory is full, and other brokers lead until it has room again"
                  : ": a log directory has failed, and other brokers lead until this one is"
                      + " restarted");
    }
    boolean waiting = ready && !yields && state == State.FENCED;
    scheduleHeartbeat(hasNews ? 0 : waiting ? HURRIED_MS : settings.heartbeatIntervalMs());
  }

  /** What it led, others lead. It has to hear of that before it is taken back. */
  private void onFenced() {
    if (hasSession) {
      loseSession();
    }
  }

  private void onUnfenced() {
    sessionNs = sentNs;
    hasSession = true;
    if (!trustsItself) {
      trustsItself = true;
      LOG.info("A controller answers again; this broker's session goes on");
      sessionListener.onSessionBack();
    }
  }

  /** The registration is gone: an operator has removed it, or another process has taken its id. */
  private void registerAgain(ErrorCode error) {
    if (state == State.LEAVING) {
      end();
      return;
    }
    LOG.warn(
        "The controller no longer knows this broker's registration ({}): it stops leading and"
            + " registers again",
        error);
    loseSession();
    // What this process holds is whole: it is the same incarnation, under a new epoch.
    registration.previousBrokerEpoch(brokerEpoch);
    state = State.REGISTERING;
    registeringSinceNs = shard.clock().nowNs();
    sendRegistration();
  }

  private void onSilence(String why) {
    if (trustsItself && elapsedMs(answeredNs) >= settings.sessionTimeoutMs()) {
      LOG.warn(
          "No controller has answered a heartbeat for {} ms ({}): this broker is fenced by now and"
              + " stops leading until one answers",
          elapsedMs(answeredNs),
          why);
      loseSession();
    }
    if (state == State.LEAVING
        && Math.min(elapsedMs(answeredNs), elapsedMs(leavingSinceNs)) >= LEAVE_SILENCE_MS) {
      LOG.warn("No controller answers ({}): this broker stops without its leave", why);
      end();
      return;
    }
    scheduleHeartbeat(Math.min(RETRY_MS, settings.heartbeatIntervalMs()));
  }

  private void loseSession() {
    hasSession = false;
    if (trustsItself) {
      trustsItself = false;
      sessionListener.onSessionLost();
    }
  }

  private long elapsedMs(long sinceNs) {
    return TimeUnit.NANOSECONDS.toMillis(shard.clock().nowNs() - sinceNs);
  }
}
