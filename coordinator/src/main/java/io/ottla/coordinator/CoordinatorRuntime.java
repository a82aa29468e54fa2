package io.ottla.coordinator;

import io.ottla.runtime.Shard;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the state machine of one partition of an internal topic: loads it, runs operations on it,
 * appends and replays what they decide, and lets responses go once they are safe.
 *
 * <p>An append either happens or not while the operation runs, and state changes only after it
 * happened, so there is nothing to roll back. What can fail after that is replication: then
 * responses time out, but the state still says what this leader's log says.
 *
 * <p>Owned by the partition's shard: everything but {@link #offer}, {@link #offerShared}, {@link
 * #submit} and the accessors of what never changes is called on its thread.
 *
 * @param <S> the state machine
 */
public final class CoordinatorRuntime<S extends CoordinatorShard> implements CoordinatorContext {

  private static final Logger LOG = LoggerFactory.getLogger(CoordinatorRuntime.class);

  /**
   * How a runtime behaves.
   *
   * @param writeTimeoutMs how long a response waits for the high watermark
   * @param loadChunkBytes how much of the log is read at a time while loading
   * @param maxHeldReplies how many responses may wait for the high watermark; requests beyond are
   *     refused
   */
  public record Limits(int writeTimeoutMs, int loadChunkBytes, int maxHeldReplies) {}

  private final Shard shard;
  private final Limits limits;
  private final Function<CoordinatorContext, S> machines;
  private final CoordinatorRecordDecoder decoder;
  private final Executor executor;
  private final TopicPartition topicPartition;
  private final CoordinatorLog log;
  private final CoordinatorLogReader reader;
  private final HeldReplies held;
  private final CommitActions commitActions = new CommitActions();
  private final StateAndLog stateAndLog;

  private CoordinatorState state = CoordinatorState.INITIAL;
  private S machine;

  /** Counts state machines, so that a timer of a former one does nothing. */
  private int incarnation;

  private CoordinatorLoader loader;
  private SharedAppend sharedAppend = new SharedAppend();

  /** Internal operations that came while loading. */
  private final List<Supplier<? extends CoordinatorResult<?>>> afterLoad = new ArrayList<>();

  /**
   * @param machines makes an empty state machine
   * @param executor reads the log and does what operations offload; its tasks block or take long
   */
  public CoordinatorRuntime(
      Shard shard,
      Limits limits,
      Function<CoordinatorContext, S> machines,
      CoordinatorRecordDecoder decoder,
      Executor executor,
      CoordinatorLog log,
      CoordinatorLogReader reader) {
    this.shard = shard;
    this.limits = limits;
    this.machines = machines;
    this.decoder = decoder;
    this.executor = executor;
    this.topicPartition = log.topicPartition();
    this.log = log;
    this.reader = reader;
    this.stateAndLog = new StateAndLog(log);
    this.held = new HeldReplies(shard, limits.writeTimeoutMs());
  }

  public TopicPartition topicPartition() {
    return topicPartition;
  }

  public CoordinatorState state() {
    return state;
  }

  /** The state machine, to look at; null before the first load and after the end. */
  public S machine() {
    return machine;
  }

  /**
   * Hands over a request. From any thread.
   *
   * @param callback takes the response, on the shard's thread; must not block or come back into the
   *     coordinator
   * @param errorResponse makes a response of an error
   * @return false if the shard's queue is full; the callback will not be called then
   */
  public <R> boolean offer(
      Operation<S, R> operation, Consumer<R> callback, Function<ErrorCode, R> errorResponse) {
    return shard.offer(() -> run(operation, callback, errorResponse, false));
  }

  /**
   * Like {@link #offer}, for an operation whose records may share a batch with those of others of
   * its kind in the same turn of the shard: its decision must not depend on theirs.
   */
  public <R> boolean offerShared(
      Operation<S, R> operation, Consumer<R> callback, Function<ErrorCode, R> errorResponse) {
    return shard.offer(() -> run(operation, callback, errorResponse, true));
  }

  /** Like {@link #offer}, but never refused; for parts of a request that was accepted. */
  public <R> void submit(
      Operation<S, R> operation, Consumer<R> callback, Function<ErrorCode, R> errorResponse) {
    shard.submit(() -> run(operation, callback, errorResponse, false));
  }

  /**
   * Ends a producer's transaction in this partition. From any thread; never refused.
   *
   * @param callback takes NONE once the end is safe, or why it is not, on the shard's thread
   */
  public void endTransaction(EndMarker marker, Consumer<ErrorCode> callback) {
    submit(
        (shardMachine, reply) -> {
          ErrorCode error = append(() -> stateAndLog.append(marker, nowMs()));
          return CoordinatorResult.respond(error);
        },
        callback,
        Function.identity());
  }

  /** Starts to load, unless that has happened. Also after a failed load. */
  public void load() {
    switch (state) {
      case INITIAL, FAILED -> startLoading();
      case LOADING, ACTIVE, CLOSED ->
          LOG.debug("{} is {}: not loaded again", topicPartition, state);
    }
  }

  /** Drops the state machine and answers all who wait with NOT_COORDINATOR. Final. */
  public void close() {
    if (state != CoordinatorState.CLOSED) {
      drop(CoordinatorState.CLOSED, ErrorCode.NOT_COORDINATOR);
    }
  }

  /** What is below the offset stays. Lets responses go. */
  public void onHighWatermark(long highWatermark) {
    if (state == CoordinatorState.ACTIVE) {
      held.onHighWatermark(highWatermark);
      commitActions.onHighWatermark(highWatermark);
    }
  }

  /**
   * Runs an operation of the coordinator's own, whose response nobody waits for; once loaded, if it
   * is loading.
   */
  public void runInternal(Function<S, ? extends CoordinatorResult<?>> operation) {
    switch (state) {
      case ACTIVE -> runActive(() -> operation.apply(machine));
      case LOADING -> afterLoad.add(() -> operation.apply(machine));
      case INITIAL, FAILED, CLOSED ->
          LOG.debug("{} is {}: an internal operation is dropped", topicPartition, state);
    }
  }

  @Override
  public long nowMs() {
    return shard.clock().wallMs();
  }

  @Override
  public Deadline deadline(Supplier<? extends CoordinatorResult<?>> operation) {
    int owner = incarnation;
    return new Deadline(shard, () -> resume(owner, operation));
  }

  @Override
  public <T> void offload(
      Callable<T> work, BiFunction<T, Throwable, ? extends CoordinatorResult<?>> operation) {
    int owner = incarnation;
    Runnable task =
        () -> {
          T outcome;
          try {
            outcome = work.call();
          } catch (Throwable t) {
            // Whatever it was: nobody waits for this thread, and the operation has to know.
            shard.submit(() -> resume(owner, () -> operation.apply(null, t)));
            return;
          }
          shard.submit(() -> resume(owner, () -> operation.apply(outcome, null)));
        };
    try {
      executor.execute(task);
    } catch (RuntimeException e) {
      shard.submit(() -> resume(owner, () -> operation.apply(null, e)));
    }
  }

  /** Runs an operation that a state machine has left for later, if it is still that one. */
  private void resume(int owner, Supplier<? extends CoordinatorResult<?>> operation) {
    if (state == CoordinatorState.ACTIVE && owner == incarnation) {
      runActive(operation);
    }
  }

  @Override
  public <R> Deadline deadline(Reply<R> reply, Supplier<CoordinatorResult<R>> operation) {
    int owner = incarnation;
    return new Deadline(
        shard,
        () -> {
          if (state == CoordinatorState.ACTIVE && owner == incarnation) {
            runActive((ignored, kept) -> operation.get(), reply, false);
          }
        });
  }

  @Override
  public void whenCommitted(Runnable action) {
    commitActions.add(stateAndLog.endOffset(), action);
  }

  private <R> void run(
      Operation<S, R> operation,
      Consumer<R> callback,
      Function<ErrorCode, R> errorResponse,
      boolean shared) {
    Reply<R> reply = new Reply<>(held, callback, errorResponse);
    switch (state) {
      case ACTIVE -> {
        if (!log.isLed()) {
          // Also to those who only read: what they would be told may be old.
          reply.failNow(ErrorCode.NOT_COORDINATOR);
        } else if (held.size() < limits.maxHeldReplies()) {
          runActive(operation, reply, shared);
        } else {
          reply.failNow(ErrorCode.COORDINATOR_NOT_AVAILABLE);
        }
      }
      case LOADING -> reply.failNow(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
      case INITIAL, FAILED, CLOSED -> reply.failNow(ErrorCode.NOT_COORDINATOR);
    }
  }

  private <R> void runActive(Operation<S, R> operation, Reply<R> reply, boolean shared) {
    if (!shared) {
      flush();
      if (isLoadingAgain(reply)) {
        return;
      }
    }
    CoordinatorResult<R> result;
    try {
      result = operation.run(machine, reply);
    } catch (CoordinatorException e) {
      reply.fail(e.error());
      return;
    } catch (RuntimeException | AssertionError e) {
      onUnexpected(e, reply);
      return;
    }
    if (shared && !result.records().isEmpty()) {
      share(result, reply);
    } else {
      settle(result, reply);
    }
  }

  private void runActive(Supplier<? extends CoordinatorResult<?>> operation) {
    runActive((owner, reply) -> ignoringResponse(operation.get()), noReply(), false);
  }

  private static CoordinatorResult<Void> ignoringResponse(CoordinatorResult<?> result) {
    return result.withResponse(null);
  }

  /** For operations that nobody asked for. */
  private Reply<Void> noReply() {
    return new Reply<>(held, response -> {}, error -> null);
  }

  private <R> void settle(CoordinatorResult<R> result, Reply<R> reply) {
    ErrorCode error =
        append(
            () ->
                result.atomic()
                    ? stateAndLog.append(result.records(), result.producer(), nowMs())
                    : stateAndLog.appendInParts(result.records(), nowMs()));
    conclude(result, reply, error);
  }

  /** Lets an operation take the outcome of its append, and answers. */
  private <R> void conclude(CoordinatorResult<R> result, Reply<R> reply, ErrorCode error) {
    try {
      if (error == ErrorCode.NONE) {
        if (result.afterAppend() != null) {
          result.afterAppend().run();
        }
        if (result.response() != null) {
          reply.send(result.response());
        }
      } else {
        // When state and log disagreed, the state the operation knew is gone.
        if (result.onAppendError() != null && state == CoordinatorState.ACTIVE) {
          result.onAppendError().accept(error);
        }
        if (reply.isOpen()) {
          reply.failNow(error);
        }
      }
    } catch (RuntimeException | AssertionError e) {
      onUnexpected(e, reply);
    }
  }

  private void onUnexpected(Throwable cause, Reply<?> reply) {
    LOG.error("An operation on {} failed", topicPartition, cause);
    if (reply.isOpen()) {
      reply.fail(ErrorCode.UNKNOWN_SERVER_ERROR);
    }
  }

  private <R> void share(CoordinatorResult<R> result, Reply<R> reply) {
    int bytes = 0;
    for (CoordinatorRecord record : result.records()) {
      bytes += CoordinatorRecordCodec.sizeInBatch(record);
    }
    if (sharedAppend.sizeInBytes() + bytes > log.maxBatchBytes()) {
      flush();
      if (isLoadingAgain(reply)) {
        return;
      }
    }
    if (sharedAppend.isEmpty()) {
      shard.atEndOfBatch(this::flush);
    }
    sharedAppend.add(result, reply, bytes);
  }

  /** Refuses what came when an append of others has just shown that state and log disagree. */
  private boolean isLoadingAgain(Reply<?> reply) {
    if (state == CoordinatorState.ACTIVE) {
      return false;
    }
    reply.failNow(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
    return true;
  }

  /** Appends what operations of this turn have gathered. */
  private void flush() {
    if (sharedAppend.isEmpty()) {
      return;
    }
    SharedAppend append = sharedAppend;
    sharedAppend = new SharedAppend();
    ErrorCode error = append(() -> stateAndLog.append(append.records(), null, nowMs()));
    append.conclude(this::conclude, error);
  }

  private interface Append {
    ErrorCode run() throws StateAndLog.Disagreement;
  }

  private ErrorCode append(Append append) {
    try {
      ErrorCode error = append.run();
      held.onAppended(stateAndLog.endOffset());
      return error;
    } catch (StateAndLog.Disagreement e) {
      LOG.error("State and log of {} disagree; it is loaded again", topicPartition, e.getCause());
      drop(CoordinatorState.FAILED, ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
      startLoading();
      return ErrorCode.COORDINATOR_LOAD_IN_PROGRESS;
    }
  }

  private void startLoading() {
    state = CoordinatorState.LOADING;
    incarnation++;
    machine = machines.apply(this);
    stateAndLog.start(machine, 0);
    loader =
        new CoordinatorLoader(
            topicPartition,
            shard,
            executor,
            reader,
            decoder,
            limits.loadChunkBytes(),
            new Loading());
    LOG.debug("Loading {}", topicPartition);
    // Not before the end of this turn: until then readers may not see what was just appended.
    shard.submit(loader::start);
  }

  private void drop(CoordinatorState next, ErrorCode error) {
    state = next;
    SharedAppend append = sharedAppend;
    sharedAppend = new SharedAppend();
    append.conclude(this::conclude, error);
    if (machine != null) {
      machine.onUnloaded(error);
    }
    held.failAll(error);
    commitActions.clear();
    machine = null;
    loader = null;
    afterLoad.clear();
    LOG.debug("{} is {}", topicPartition, next);
  }

  private final class Loading implements CoordinatorLoader.Playback {

    @Override
    public boolean isWanted(CoordinatorLoader asking) {
      return state == CoordinatorState.LOADING && asking == loader;
    }

    @Override
    public void replay(LogEntry entry) {
      entry.replayInto(machine);
    }

    @Override
    public void onLoaded(long loadedEndOffset) {
      stateAndLog.start(machine, loadedEndOffset);
      state = CoordinatorState.ACTIVE;
      loader = null;
      held.onAppended(loadedEndOffset);
      held.onHighWatermark(log.highWatermark());
      commitActions.onHighWatermark(log.highWatermark());
      try {
        machine.onLoaded();
      } catch (RuntimeException | AssertionError e) {
        LOG.error("What was loaded from {} cannot be resumed", topicPartition, e);
        onLoadFailed(e);
        return;
      }
      List<Supplier<? extends CoordinatorResult<?>>> waiting = List.copyOf(afterLoad);
      afterLoad.clear();
      waiting.forEach(CoordinatorRuntime.this::runActive);
    }

    @Override
    public void onLoadFailed(Throwable cause) {
      drop(CoordinatorState.FAILED, ErrorCode.NOT_COORDINATOR);
    }
  }
}
