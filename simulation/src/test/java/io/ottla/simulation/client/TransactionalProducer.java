package io.ottla.simulation.client;

import io.ottla.simulation.client.Coordinators.Kind;
import io.ottla.simulation.client.Coordinators.Verdict;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.message.EndTxnRequest;
import io.ottla.wire.message.EndTxnResponse;
import io.ottla.wire.message.InitProducerIdRequest;
import io.ottla.wire.message.InitProducerIdResponse;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Does one transaction after the other, in either version of the protocol, as Kafka's producer
 * does: an error it can go on after lets the transaction only be aborted, one that fences it is the
 * end of it. What it asks its coordinator it asks one after the other.
 *
 * <p>Used on the timeline's thread.
 */
public final class TransactionalProducer implements Producer.Gate {

  /** How it talks of transactions. */
  public enum Version {
    /** It tells the coordinator of partitions and groups before it writes to them. */
    ONE,
    /** Brokers do that for it, and each transaction has an epoch of its own (KIP-890). */
    TWO
  }

  private enum State {
    NEW,
    READY,
    OPEN,
    COMMITTING,
    ABORTING,
    ABORTABLE,
    FATAL
  }

  private final ClientNetwork network;
  private final Coordinators coordinators;
  private final String transactionalId;
  private final Version version;
  private final Producer producer;
  private final TransactionParts parts;
  private final Deque<Runnable> steps = new ArrayDeque<>();
  private final Set<TopicPartition> added = new TreeSet<>();
  private final Set<TopicPartition> toAdd = new TreeSet<>();
  private State state = State.NEW;
  private boolean isBusy;
  private boolean isStarted;
  private boolean needsEpoch;
  private int commitAttempts;
  private Ending waiting;
  private Runnable whenQuiet;

  public TransactionalProducer(
      ClientNetwork network,
      ClientMetadata metadata,
      Coordinators coordinators,
      String transactionalId,
      Version version) {
    this.network = network;
    this.coordinators = coordinators;
    this.transactionalId = transactionalId;
    this.version = version;
    this.producer = Producer.transactional(network, metadata, this, version == Version.TWO);
    this.parts = new TransactionParts(transactionalId, version, producer.identity());
  }

  // ---- What the application does

  /** Ends what an earlier producer with the same id has left open, and fences it. */
  public void initialize(Ending ending) {
    await(ending);
    add(() -> askForIdentity(false));
  }

  public void begin() {
    require(State.READY);
    state = State.OPEN;
  }

  /** Whether values can be sent in it. */
  public boolean isOpen() {
    return state == State.OPEN;
  }

  /** Whether it is fenced, or cannot go on for another reason. */
  public boolean isFatal() {
    return state == State.FATAL;
  }

  /** Sends a value in the transaction. */
  public void send(String topic, int partition, byte[] value, Delivery delivery) {
    require(State.OPEN);
    TopicPartition to = new TopicPartition(topic, partition);
    if (version == Version.TWO) {
      added.add(to);
      isStarted = true;
    } else if (!added.contains(to) && toAdd.add(to)) {
      add(this::addPartitions);
    }
    producer.send(topic, partition, value, delivery);
  }

  /** Has a group's positions committed with the transaction. */
  public void commitPositions(GroupPositions positions, Ending ending) {
    require(State.OPEN);
    commitAttempts = 0;
    await(ending);
    if (version == Version.TWO) {
      isStarted = true;
    } else {
      add(
          () ->
              ask(
                  Kind.TRANSACTION,
                  transactionalId,
                  ApiKey.ADD_OFFSETS_TO_TXN,
                  TransactionParts.ADD_OFFSETS_VERSION,
                  () -> parts.addOffsets(positions.group()),
                  answer ->
                      judge(
                          TransactionParts.errorOfOffsets(answer),
                          () -> {
                            isStarted = true;
                            next();
                          })));
    }
    add(() -> commitGroup(positions, ending));
  }

  /** How often it has asked for the last positions: all but the last attempt may come late. */
  public int commitAttempts() {
    return commitAttempts;
  }

  /** Commits or aborts what has been sent, when all of it has been acknowledged. */
  public void end(boolean commit, Ending ending) {
    if (state == State.FATAL || (commit && state != State.OPEN)) {
      ending.failed(state.toString());
      return;
    }
    await(ending);
    state = commit ? State.COMMITTING : State.ABORTING;
    if (!commit) {
      toAdd.clear();
      producer.abortUnsent("aborted");
    }
    add(
        () -> {
          whenQuiet = () -> endNow(commit);
          onProgress();
        });
  }

  private void require(State expected) {
    if (state != expected) {
      throw new IllegalStateException(transactionalId + " is " + state + ", not " + expected);
    }
  }

  private void await(Ending ending) {
    if (waiting != null) {
      throw new IllegalStateException(transactionalId + " is still waiting for something");
    }
    waiting = ending;
  }

  // ---- One step after the other

  private void add(Runnable step) {
    steps.addLast(step);
    if (!isBusy) {
      next();
    }
  }

  private void next() {
    isBusy = !steps.isEmpty();
    if (isBusy) {
      steps.removeFirst().run();
    }
  }

  private void succeed() {
    Ending ending = waiting;
    waiting = null;
    if (ending != null) {
      ending.done();
    }
  }

  private void askForIdentity(boolean isBump) {
    ProducerIdentity identity = producer.identity();
    ask(
        Kind.TRANSACTION,
        transactionalId,
        ApiKey.INIT_PRODUCER_ID,
        ProducerIdentity.VERSION,
        () -> {
          InitProducerIdRequest request =
              new InitProducerIdRequest()
                  .transactionalId(transactionalId)
                  .transactionTimeoutMs(network.times().transactionMs());
          return isBump
              ? request.producerId(identity.id()).producerEpoch(identity.epoch())
              : request;
        },
        answer -> {
          InitProducerIdResponse told = (InitProducerIdResponse) answer;
          return judge(
              ErrorCode.forCode(told.errorCode()),
              () -> {
                identity.set(told.producerId(), told.producerEpoch());
                producer.restartSequences();
                needsEpoch = false;
                ready();
              });
        });
  }

  private void ready() {
    network.note(
        transactionalId
            + " goes on as "
            + producer.identity().id()
            + ":"
            + producer.identity().epoch());
    state = State.READY;
    isStarted = false;
    added.clear();
    toAdd.clear();
    isBusy = false;
    succeed();
  }

  private void addPartitions() {
    Set<TopicPartition> some = new TreeSet<>(toAdd);
    if (some.isEmpty()) {
      next();
      return;
    }
    ask(
        Kind.TRANSACTION,
        transactionalId,
        ApiKey.ADD_PARTITIONS_TO_TXN,
        TransactionParts.ADD_PARTITIONS_VERSION,
        () -> parts.addPartitions(some),
        answer ->
            judge(
                TransactionParts.errorOfPartitions(answer),
                () -> {
                  toAdd.removeAll(some);
                  added.addAll(some);
                  isStarted = true;
                  producer.drain();
                  next();
                }));
  }

  private void commitGroup(GroupPositions positions, Ending ending) {
    ask(
        Kind.GROUP,
        positions.group(),
        ApiKey.TXN_OFFSET_COMMIT,
        parts.commitVersion(),
        () -> {
          commitAttempts++;
          return parts.commitOffsets(positions);
        },
        answer -> {
          ErrorCode error = TransactionParts.errorOfCommit(answer);
          if (error == ErrorCode.REQUEST_TIMED_OUT) {
            return Verdict.MOVED;
          }
          return judge(
              error,
              () -> {
                // Unless something has failed meanwhile, and it is waited for something else.
                if (waiting == ending) {
                  succeed();
                }
                next();
              });
        });
  }

  private void endNow(boolean commit) {
    if (!isStarted) {
      endLocally();
      return;
    }
    ProducerIdentity identity = producer.identity();
    ask(
        Kind.TRANSACTION,
        transactionalId,
        ApiKey.END_TXN,
        version == Version.TWO ? 5 : 4,
        () ->
            new EndTxnRequest()
                .transactionalId(transactionalId)
                .producerId(identity.id())
                .producerEpoch(identity.epoch())
                .committed(commit),
        answer -> {
          EndTxnResponse told = (EndTxnResponse) answer;
          return judge(
              ErrorCode.forCode(told.errorCode()),
              !commit,
              () -> {
                if (told.producerId() != -1) {
                  identity.set(told.producerId(), told.producerEpoch());
                  producer.restartSequences();
                  needsEpoch = false;
                }
                endLocally();
              });
        });
  }

  private void endLocally() {
    if (needsEpoch && version == Version.ONE) {
      askForIdentity(true);
    } else {
      ready();
    }
  }

  /** Asks a coordinator; what the answer leads to goes on with the next step. */
  private void ask(
      Kind kind,
      String key,
      ApiKey api,
      int apiVersion,
      Supplier<ApiMessage> request,
      Function<ApiMessage, Verdict> judge) {
    coordinators.ask(
        kind,
        key,
        api,
        apiVersion,
        request,
        answer -> state == State.FATAL ? Verdict.DONE : judge.apply(answer));
  }

  private Verdict judge(ErrorCode error, Runnable then) {
    return judge(error, false, then);
  }

  /** What is to be done about an error; if an abort fails, nothing can be done. */
  private Verdict judge(ErrorCode error, boolean isAbort, Runnable then) {
    if (error == ErrorCode.NONE) {
      then.run();
      return Verdict.DONE;
    }
    network.note(transactionalId + " was told " + error + " when " + state);
    if (Coordinators.isMoved(error)) {
      return Verdict.MOVED;
    }
    if (error.isRetriable()) {
      return Verdict.AGAIN;
    }
    if (TransactionParts.isAbortable(error) && !isAbort) {
      needsEpoch |= error == ErrorCode.UNKNOWN_PRODUCER_ID;
      becomeAbortable(error.toString());
      next();
    } else {
      becomeFatal(error.toString());
    }
    return Verdict.DONE;
  }

  // ---- Errors

  private void becomeAbortable(String why) {
    if (state == State.ABORTING || state == State.FATAL) {
      return;
    }
    state = State.ABORTABLE;
    steps.clear();
    if (whenQuiet != null) {
      whenQuiet = null;
      isBusy = false;
    }
    fail(why);
    network.after(0, "drops what it has not sent", () -> producer.abortUnsent(why));
  }

  private void becomeFatal(String why) {
    state = State.FATAL;
    steps.clear();
    whenQuiet = null;
    fail(why);
  }

  private void fail(String why) {
    Ending ending = waiting;
    waiting = null;
    if (ending != null) {
      network.after(0, transactionalId + " is told " + why, () -> ending.failed(why));
    }
  }

  // ---- What the producer asks

  @Override
  public String transactionalId() {
    return transactionalId;
  }

  @Override
  public boolean mayDrain(TopicPartition partition) {
    return state != State.FATAL && added.contains(partition);
  }

  @Override
  public void onFailed(ErrorCode error) {
    if (error == ErrorCode.PRODUCER_FENCED || error == ErrorCode.INVALID_PRODUCER_ID_MAPPING) {
      becomeFatal(error.toString());
    } else {
      needsEpoch = true;
      becomeAbortable(error.toString());
    }
  }

  @Override
  public void onProgress() {
    if (whenQuiet != null && producer.incomplete() == 0) {
      Runnable then = whenQuiet;
      whenQuiet = null;
      then.run();
    }
  }
}
