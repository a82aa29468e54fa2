package io.ottla.simulation.workload;

import io.ottla.simulation.Timeline;
import io.ottla.simulation.client.ClientMetadata;
import io.ottla.simulation.client.ClientNetwork;
import io.ottla.simulation.client.Coordinators;
import io.ottla.simulation.client.Ending;
import io.ottla.simulation.client.GroupOffsets;
import io.ottla.simulation.client.GroupPositions;
import io.ottla.simulation.client.TransactionalProducer;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Commits positions of a group without members, plainly and in transactions, also plainly while a
 * transaction is open, and asks for the position after each: it is the one that was told last to
 * the coordinator, and not aborted, whenever its transaction ended (as in Kafka, so that compaction
 * does not change it).
 */
final class PositionsClient implements SimulatedClient {

  private static final long NOWHERE = -1;

  private final Surroundings around;
  private final String name;
  private final String group;
  private final TopicPartition partition;
  private final Pace pace;
  private final Consumer<String> anomalies;

  /** Where the group may be by what was answered, and not answered, in order. */
  private final Set<Long> possible = new TreeSet<>(Set.of(NOWHERE));

  /** Positions of plain commits that nobody has answered: they may come late. */
  private final Set<Long> late = new TreeSet<>();

  private ClientNetwork network;
  private GroupOffsets offsets;
  private TransactionalProducer producer;
  private Timeline.Event patience;
  private long last;
  private long inTransaction = NOWHERE;
  private long plain = NOWHERE;
  private boolean isCommitAsked;

  /** Whether a plain commit was made after the one in the transaction. */
  private boolean isOvertaken;

  /** Whether a commit in the transaction may come late, after a plain one. */
  private boolean isRetried;

  private boolean isIdle;
  private int left;
  private long looks;

  /** One that is down. */
  PositionsClient(
      Surroundings around,
      String name,
      String group,
      TopicPartition partition,
      Pace pace,
      Consumer<String> anomalies) {
    this.around = around;
    this.name = name;
    this.group = group;
    this.partition = partition;
    this.pace = pace;
    this.anomalies = anomalies;
    this.left = pace.operations();
  }

  @Override
  public String name() {
    return name;
  }

  void stopIssuing() {
    left = 0;
  }

  boolean isDone() {
    return left == 0 && (isIdle || network == null);
  }

  /** How often it has looked where the group is. */
  long looks() {
    return looks;
  }

  @Override
  public void restart() {
    if (network != null) {
      return;
    }
    network = around.network(name);
    ClientMetadata metadata = new ClientMetadata(network);
    Coordinators coordinators = new Coordinators(network);
    offsets = new GroupOffsets(network, metadata, coordinators, group, false);
    producer =
        new TransactionalProducer(
            network, metadata, coordinators, name, TransactionalProducer.Version.TWO);
    expectSoon();
    producer.initialize(orBeginAnew(this::look));
  }

  @Override
  public void crash() {
    if (network == null) {
      return;
    }
    network.close();
    network = null;
    isIdle = false;
    if (plain != NOWHERE) {
      late.add(plain);
      plain = NOWHERE;
    }
    if (inTransaction != NOWHERE && isCommitAsked && (!isOvertaken || isRetried)) {
      possible.add(inTransaction);
    }
    inTransaction = NOWHERE;
    isCommitAsked = false;
  }

  private void expectSoon() {
    if (patience != null) {
      patience.cancel();
    }
    patience = network.after(around.times().patienceMs(), "loses patience", this::beginAnew);
  }

  private void beginAnew() {
    crash();
    restart();
  }

  private Ending orBeginAnew(Runnable then) {
    return new Ending() {
      @Override
      public void done() {
        then.run();
      }

      @Override
      public void failed(String why) {
        network.note("breaks off: " + why);
        beginAnew();
      }
    };
  }

  /** Asks where the group is, when no transaction has a say in it any more. */
  private void look() {
    expectSoon();
    offsets.fetch(
        null,
        -1,
        Set.of(partition),
        found -> {
          looks++;
          long position = found.getOrDefault(partition, NOWHERE);
          network.note("is at " + position);
          if (!possible.contains(position) && !late.contains(position)) {
            anomalies.accept(
                "%s is at %d, not one of %s, nor of %s, which may have come late"
                    .formatted(group, position, possible, late));
          }
          possible.clear();
          possible.add(position);
          patience.cancel();
          isIdle = true;
          if (left > 0) {
            network.after(pace.nextPauseMs(around), "commits a position", this::next);
          }
        },
        error -> anomalies.accept(group + " was refused its position: " + error));
  }

  private void next() {
    if (left == 0) {
      return;
    }
    left--;
    isIdle = false;
    if (around.chance(3) == 0) {
      commitPlainly(this::look);
    } else {
      transact();
    }
  }

  private GroupPositions at(long position) {
    return GroupPositions.withoutMember(group, Map.of(partition, position));
  }

  private void commitPlainly(Runnable then) {
    long position = ++last;
    plain = position;
    offsets.commit(
        at(position),
        error -> {
          plain = NOWHERE;
          if (error == ErrorCode.NONE) {
            possible.clear();
            possible.add(position);
            isOvertaken = true;
          } else {
            late.add(position);
          }
          then.run();
        });
  }

  private void transact() {
    expectSoon();
    long position = ++last;
    producer.begin();
    inTransaction = position;
    isOvertaken = false;
    isRetried = false;
    producer.commitPositions(
        at(position),
        orBeginAnew(
            () -> {
              isRetried = producer.commitAttempts() > 1;
              if (around.chance(2) == 0) {
                commitPlainly(this::end);
              } else {
                end();
              }
            }));
  }

  private void end() {
    boolean isCommit = around.chance(4) > 0;
    long position = inTransaction;
    isCommitAsked = isCommit;
    expectSoon();
    producer.end(
        isCommit,
        orBeginAnew(
            () -> {
              inTransaction = NOWHERE;
              isCommitAsked = false;
              if (isCommit && (!isOvertaken || isRetried)) {
                if (!isOvertaken) {
                  possible.clear();
                }
                possible.add(position);
              }
              look();
            }));
  }
}
