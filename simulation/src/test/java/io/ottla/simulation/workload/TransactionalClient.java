package io.ottla.simulation.workload;

import io.ottla.history.History;
import io.ottla.history.History.Write;
import io.ottla.history.TransactionHistory;
import io.ottla.history.TransactionHistory.Outcome;
import io.ottla.history.TransactionHistory.Source;
import io.ottla.history.TransactionHistory.Transaction;
import io.ottla.simulation.Timeline;
import io.ottla.simulation.client.ClientMetadata;
import io.ottla.simulation.client.ClientNetwork;
import io.ottla.simulation.client.Coordinators;
import io.ottla.simulation.client.Delivery;
import io.ottla.simulation.client.Ending;
import io.ottla.simulation.client.TransactionalProducer;

/**
 * A client with a transactional id of its own that does one transaction after the other and tells a
 * history. Some it aborts, some it leaves open and begins anew as if it had crashed; so it does
 * whenever it does not know how one ended.
 */
abstract class TransactionalClient implements SimulatedClient {

  private static final int ABORTED_PERCENT = 10;
  private static final int LEFT_OPEN_PERCENT = 3;

  private final Surroundings around;
  private final String name;
  private final int number;
  private final TransactionalProducer.Version version;
  private final TransactionHistory history;
  private final Values values;
  private ClientNetwork network;
  private ClientMetadata metadata;
  private Coordinators coordinators;
  private TransactionalProducer producer;
  private Transaction transaction;
  private Timeline.Event patience;
  private int transactions;
  private boolean isStopping;
  private boolean isReady;

  /** One that is down; its name is its transactional id. */
  TransactionalClient(
      Surroundings around,
      String name,
      int number,
      TransactionalProducer.Version version,
      TransactionHistory history) {
    this.around = around;
    this.name = name;
    this.number = number;
    this.version = version;
    this.history = history;
    this.values = new Values(number);
  }

  /** It begins a life, with a network of its own. */
  void onStarted() {}

  /** It has a producer and no transaction: is to see to it that there is one, some time. */
  abstract void onReady();

  /** What was under way is over, without a commit. */
  abstract void onBroken();

  @Override
  public final String name() {
    return name;
  }

  final TransactionHistory history() {
    return history;
  }

  final Surroundings around() {
    return around;
  }

  final ClientNetwork network() {
    return network;
  }

  final ClientMetadata metadata() {
    return metadata;
  }

  final Coordinators coordinators() {
    return coordinators;
  }

  final TransactionalProducer producer() {
    return producer;
  }

  final int number() {
    return number;
  }

  final boolean isUp() {
    return network != null;
  }

  /** Whether it is up, and no transaction is open. */
  final boolean isReady() {
    return isReady;
  }

  final boolean isStopping() {
    return isStopping;
  }

  /** Begins no more transactions, and ends the one that is open. */
  void stopIssuing() {
    isStopping = true;
  }

  // ---- Crashes

  @Override
  public final void restart() {
    if (network != null) {
      return;
    }
    network = around.network(name);
    metadata = new ClientMetadata(network);
    coordinators = new Coordinators(network);
    producer = new TransactionalProducer(network, metadata, coordinators, name, version);
    onStarted();
    expectSoon();
    producer.initialize(
        new Ending() {
          @Override
          public void done() {
            becomeReady();
          }

          @Override
          public void failed(String why) {
            network.note("cannot begin: " + why);
            beginAnew();
          }
        });
  }

  @Override
  public final void crash() {
    if (network != null) {
      network.close();
      network = null;
      transaction = null;
      isReady = false;
      onBroken();
    }
  }

  private void beginAnew() {
    crash();
    restart();
  }

  private void becomeReady() {
    calmDown();
    transaction = null;
    isReady = true;
    onReady();
  }

  private void expectSoon() {
    calmDown();
    patience = network.after(around.times().patienceMs(), "loses patience", this::onPatienceLost);
  }

  private void onPatienceLost() {
    if (transaction != null) {
      transaction.trouble("lost patience");
    }
    beginAnew();
  }

  private void calmDown() {
    if (patience != null) {
      patience.cancel();
    }
  }

  // ---- A transaction

  final Transaction begin() {
    isReady = false;
    transaction = history.begin(number, ++transactions, around.nowNs());
    producer.begin();
    expectSoon();
    return transaction;
  }

  /** Sends its next value, made from one of the input unless that is null. */
  final void send(String topic, int partition, Source source) {
    long value = values.next();
    int place = history.partition(topic, partition);
    Write write =
        source == null
            ? history.send(transaction, place, value, around.nowNs())
            : history.send(transaction, place, value, source, around.nowNs());
    producer.send(
        topic,
        partition,
        Values.bytes(value),
        new Delivery() {
          @Override
          public void acknowledged(long offset) {
            history
                .log()
                .acknowledge(
                    write, offset == SOMEWHERE ? History.SOMEWHERE : offset, around.nowNs());
          }

          @Override
          public void failed(String why) {
            history.log().fail(write, why, around.nowNs());
          }
        });
  }

  /** Ends it in one way or the other: mostly commits it. */
  final void end() {
    int chance = around.chance(100);
    if (!producer.isOpen()) {
      abort();
    } else if (chance < LEFT_OPEN_PERCENT && !isStopping) {
      transaction.trouble("left open");
      beginAnew();
    } else if (chance < LEFT_OPEN_PERCENT + ABORTED_PERCENT) {
      abort();
    } else {
      commit();
    }
  }

  private void commit() {
    Transaction ending = transaction;
    ending.beginCommit(around.nowNs());
    expectSoon();
    producer.end(
        true,
        new Ending() {
          @Override
          public void done() {
            ending.end(Outcome.COMMITTED, around.nowNs());
            network.note("committed " + ending);
            becomeReady();
          }

          @Override
          public void failed(String why) {
            ending.trouble(why);
            abort();
          }
        });
  }

  /** Aborts it; if that cannot be done, begins anew. */
  final void abort() {
    Transaction ending = transaction;
    if (producer.isFatal()) {
      ending.trouble("fenced");
      beginAnew();
      return;
    }
    expectSoon();
    producer.end(
        false,
        new Ending() {
          @Override
          public void done() {
            ending.end(Outcome.ABORTED, around.nowNs());
            network.note("aborted " + ending);
            onBroken();
            becomeReady();
          }

          @Override
          public void failed(String why) {
            ending.trouble(why);
            beginAnew();
          }
        });
  }
}
