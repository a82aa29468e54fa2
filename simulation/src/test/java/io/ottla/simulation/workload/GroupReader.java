package io.ottla.simulation.workload;

import io.ottla.history.ownership.Ownership;
import io.ottla.simulation.client.ClassicMember;
import io.ottla.simulation.client.ClientMetadata;
import io.ottla.simulation.client.ClientNetwork;
import io.ottla.simulation.client.ConsumerMember;
import io.ottla.simulation.client.Coordinators;
import io.ottla.simulation.client.FetchSink;
import io.ottla.simulation.client.FetchedRecord;
import io.ottla.simulation.client.Fetcher;
import io.ottla.simulation.client.Fetcher.Isolation;
import io.ottla.simulation.client.GroupListener;
import io.ottla.simulation.client.GroupMember;
import io.ottla.simulation.client.GroupOffsets;
import io.ottla.simulation.client.GroupPositions;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A member of a group that reads what it owns, commits now and then and before it gives anything
 * back, and tells an {@link Ownership} all of it. Each of its lives is a member of its own there.
 */
final class GroupReader implements SimulatedClient, GroupListener, FetchSink {

  private static final int COMMIT_MS = 300;
  private static final int COMMIT_ATTEMPTS = 20;

  private final Surroundings around;
  private final String name;
  private final String group;
  private final String topic;
  private final boolean isOfNewProtocol;
  private final Ownership ownership;
  private final Map<TopicPartition, Long> toCommit = new TreeMap<>();
  private final Set<TopicPartition> taken = new TreeSet<>();
  private final Map<TopicPartition, Integer> tenures = new HashMap<>();
  private ClientNetwork network;
  private GroupMember member;
  private Fetcher fetcher;
  private GroupOffsets offsets;
  private String life;
  private int lives;
  private boolean isCommitting;
  private boolean isGone;

  /** One that is down. */
  GroupReader(
      Surroundings around,
      String name,
      String group,
      String topic,
      boolean isOfNewProtocol,
      Ownership ownership) {
    this.around = around;
    this.name = name;
    this.group = group;
    this.topic = topic;
    this.isOfNewProtocol = isOfNewProtocol;
    this.ownership = ownership;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void restart() {
    if (network != null || isGone) {
      return;
    }
    life = name + "." + ++lives;
    network = around.network(name);
    ClientMetadata metadata = new ClientMetadata(network);
    Coordinators coordinators = new Coordinators(network);
    member =
        isOfNewProtocol
            ? new ConsumerMember(network, metadata, coordinators, group, topic, this)
            : new ClassicMember(network, metadata, coordinators, group, topic, this);
    offsets = new GroupOffsets(network, metadata, coordinators, group, isOfNewProtocol);
    fetcher = new Fetcher(network, metadata, Isolation.READ_UNCOMMITTED, this);
    member.join();
    commitLater();
  }

  @Override
  public void crash() {
    if (network != null) {
      network.close();
      network = null;
      onLost(new TreeSet<>(taken));
      isCommitting = false;
    }
  }

  /** Leaves the group for good. */
  void leave() {
    if (network == null) {
      isGone = true;
    } else {
      ClientNetwork leaving = network;
      member.leave(
          () -> {
            leaving.close();
            network = null;
            isGone = true;
          });
    }
  }

  boolean isGone() {
    return isGone;
  }

  boolean isUp() {
    return network != null;
  }

  /** How far it is in what it owns, as far as that is committed. */
  boolean hasCommittedAll() {
    return toCommit.isEmpty() && !isCommitting;
  }

  boolean isAt(TopicPartition partition, long end) {
    return taken.contains(partition) && fetcher.isAt(partition, end);
  }

  // ---- What it owns

  private int tenure(TopicPartition partition) {
    return tenures.getOrDefault(partition, 0);
  }

  @Override
  public void onAssigned(Set<TopicPartition> some, Runnable done) {
    Map<TopicPartition, Integer> assigned = new TreeMap<>();
    some.forEach(each -> assigned.put(each, tenures.merge(each, 1, Integer::sum)));
    place(assigned);
    done.run();
  }

  private void place(Map<TopicPartition, Integer> assigned) {
    assigned.entrySet().removeIf(each -> tenure(each.getKey()) != each.getValue());
    if (assigned.isEmpty()) {
      return;
    }
    Set<TopicPartition> some = new TreeSet<>(assigned.keySet());
    offsets.fetch(
        isOfNewProtocol ? member.id() : null,
        isOfNewProtocol ? member.epoch() : -1,
        some,
        found -> {
          for (TopicPartition each : some) {
            if (tenure(each) == assigned.get(each)) {
              long position = found.getOrDefault(each, 0L);
              taken.add(each);
              ownership.taken(life, each.topic(), each.partition(), position);
              fetcher.assign(each, position);
            }
          }
        },
        error -> {
          member.onRefused(error);
          network.afterBackoff("asks for its positions again", () -> place(assigned));
        });
  }

  /** It is no longer asked for, and what is under way for it is of an earlier tenure. */
  private Set<TopicPartition> drop(Set<TopicPartition> some) {
    Set<TopicPartition> dropped = new TreeSet<>(some);
    some.forEach(
        each -> {
          tenures.merge(each, 1, Integer::sum);
          fetcher.unassign(each);
        });
    dropped.retainAll(taken);
    return dropped;
  }

  @Override
  public void onRevoked(Set<TopicPartition> some, Runnable done) {
    Set<TopicPartition> dropped = drop(some);
    Map<TopicPartition, Integer> since = new TreeMap<>();
    dropped.forEach(each -> since.put(each, tenure(each)));
    commit(
        dropped,
        COMMIT_ATTEMPTS,
        () -> {
          // What it lost meanwhile and was given anew is not given back.
          dropped.removeIf(each -> tenure(each) != since.get(each));
          for (TopicPartition each : dropped) {
            if (taken.remove(each)) {
              ownership.given(life, each.topic(), each.partition());
            }
            toCommit.remove(each);
          }
          done.run();
        });
  }

  @Override
  public void onLost(Set<TopicPartition> some) {
    for (TopicPartition each : drop(some)) {
      taken.remove(each);
      toCommit.remove(each);
      ownership.lost(life, each.topic(), each.partition());
    }
  }

  @Override
  public void onFoundLost(Set<TopicPartition> some) {
    some.forEach(each -> ownership.lost(life, each.topic(), each.partition()));
  }

  // ---- What it reads

  @Override
  public void onRecords(TopicPartition from, List<FetchedRecord> some, long next) {
    some.forEach(record -> ownership.read(life, from.topic(), from.partition(), record.offset()));
    toCommit.put(from, next);
  }

  @Override
  public void onTrouble(TopicPartition from, String what) {
    ownership.problem(life + " at " + from + ": " + what);
  }

  // ---- What it commits

  private void commitLater() {
    network.after(
        COMMIT_MS,
        "commits now and then",
        () -> {
          commit(new TreeSet<>(taken), 1, () -> {});
          commitLater();
        });
  }

  /** Commits where it is in some partitions, unless nothing has been read; then calls back. */
  private void commit(Set<TopicPartition> some, int attempts, Runnable then) {
    Map<TopicPartition, Long> positions = new TreeMap<>();
    for (TopicPartition each : new TreeSet<>(some)) {
      if (taken.contains(each) && toCommit.containsKey(each)) {
        positions.put(each, toCommit.get(each));
      }
    }
    if (isCommitting) {
      if (attempts > 1) {
        network.after(COMMIT_MS / 10, "waits to commit", () -> commit(some, attempts, then));
      } else {
        then.run();
      }
      return;
    }
    if (positions.isEmpty()) {
      then.run();
      return;
    }
    isCommitting = true;
    int epoch = member.epoch();
    Map<TopicPartition, Long> commits = new TreeMap<>();
    positions.forEach(
        (each, position) ->
            commits.put(
                each,
                ownership.commitBegun(life, each.topic(), each.partition(), position, epoch)));
    offsets.commit(
        new GroupPositions(group, member.id(), epoch, positions),
        error -> {
          isCommitting = false;
          commits.forEach(
              (each, commit) ->
                  ownership.commitEnded(
                      life,
                      each.topic(),
                      each.partition(),
                      commit,
                      error == ErrorCode.NONE,
                      Math.max(epoch, member.epoch())));
          onCommitted(some, positions, error, attempts, then);
        });
  }

  private void onCommitted(
      Set<TopicPartition> some,
      Map<TopicPartition, Long> positions,
      ErrorCode error,
      int attempts,
      Runnable then) {
    if (error == ErrorCode.NONE) {
      positions.forEach(toCommit::remove);
      then.run();
      return;
    }
    if (!error.isRetriable()) {
      member.onRefused(error);
    }
    boolean mayHelp = error.isRetriable() || error == ErrorCode.STALE_MEMBER_EPOCH;
    if (attempts > 1 && mayHelp) {
      network.afterBackoff("commits again", () -> commit(some, attempts - 1, then));
    } else {
      then.run();
    }
  }
}
