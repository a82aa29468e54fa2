package io.ottla.simulation.workload;

import io.ottla.history.History;
import io.ottla.history.HistoryChecker;
import io.ottla.history.ownership.Ownership;
import io.ottla.history.ownership.OwnershipChecker;
import io.ottla.history.ownership.OwnershipChecker.Rules;
import io.ottla.simulation.client.ClientMetadata;
import io.ottla.simulation.client.ClientNetwork;
import io.ottla.simulation.client.Coordinators;
import io.ottla.simulation.client.Fetcher.Isolation;
import io.ottla.simulation.client.GroupOffsets;
import io.ottla.simulation.client.Producer;
import io.ottla.simulation.client.TopicMaker;
import io.ottla.wire.TopicPartition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Two groups, one of either protocol, whose members read all that producers write to a topic, and
 * commit. Members that crash come back as others.
 */
public final class GroupWorkload implements Workload {

  private static final String TOPIC = "shared";
  private static final int PRODUCERS = 2;
  private static final int MEMBERS = 3;
  private static final long LIMIT_MS = 60_000;
  private static final String JUDGE = "the end";

  /** One group: its members and what they saw. */
  private record Group(String name, Ownership ownership, List<GroupReader> members) {}

  private final Surroundings around;
  private final int partitions;
  private final History history = new History();
  private final List<QueueProducer> producers = new ArrayList<>();
  private final List<Group> groups = new ArrayList<>();
  private final Map<Ownership.Place, Long> placeEnds = new TreeMap<>();
  private int numbers;
  private boolean isBegun;
  private boolean isStopped;
  private boolean isRead;
  private int open;

  public GroupWorkload(Surroundings around, int partitions, Pace pace) {
    this.around = around;
    this.partitions = partitions;
    for (int i = 0; i < PRODUCERS; i++) {
      producers.add(
          new QueueProducer(
              around,
              "group-producer-" + i,
              TOPIC,
              partitions,
              Producer.Kind.IDEMPOTENT,
              pace,
              history,
              () -> ++numbers));
    }
    for (boolean isNew : List.of(false, true)) {
      String name = isNew ? "new-group" : "classic-group";
      Ownership ownership = new Ownership();
      List<GroupReader> members = new ArrayList<>();
      for (int i = 0; i < MEMBERS; i++) {
        members.add(new GroupReader(around, name + "-member-" + i, name, TOPIC, isNew, ownership));
      }
      groups.add(new Group(name, ownership, members));
    }
  }

  private List<TopicPartition> all() {
    return IntStream.range(0, partitions)
        .mapToObj(number -> new TopicPartition(TOPIC, number))
        .toList();
  }

  @Override
  public String name() {
    return "groups";
  }

  @Override
  public void begin() {
    ClientNetwork network = around.network("group-maker");
    new TopicMaker(network)
        .create(
            TOPIC,
            partitions,
            around.replicas(),
            around.topicSettings(),
            () -> {
              network.close();
              isBegun = true;
              clients().forEach(SimulatedClient::restart);
            });
  }

  @Override
  public long progress() {
    return groups.stream().mapToLong(group -> group.ownership.reads()).sum();
  }

  @Override
  public void stopIssuing() {
    isStopped = true;
    producers.forEach(QueueProducer::stopIssuing);
  }

  @Override
  public boolean isDone() {
    return (isBegun || isStopped) && producers.stream().allMatch(QueueProducer::isDone);
  }

  // ---- The end

  @Override
  public void readToEnd() {
    clients().forEach(SimulatedClient::restart);
    ClientNetwork network = around.network("group-judge");
    Awaiting awaiting = new Awaiting(network, LIMIT_MS, history::problem);
    FinalRead reading =
        new FinalRead(
            around,
            "group-reader",
            Isolation.READ_UNCOMMITTED,
            all(),
            (from, record) ->
                history.readFinally(from.partition(), record.offset(), record.number()),
            history::problem);
    awaiting.until(
        "the topic to be read",
        reading::isDone,
        () ->
            awaiting.until(
                "groups to read to " + reading.ends(),
                () -> groups.stream().allMatch(group -> isAt(group, reading.ends())),
                () -> letLeave(awaiting, network, reading.ends())));
  }

  private static boolean isAt(Group group, Map<TopicPartition, Long> ends) {
    return ends.entrySet().stream()
            .allMatch(
                each ->
                    group.members.stream()
                        .anyMatch(
                            member -> member.isUp() && member.isAt(each.getKey(), each.getValue())))
        && group.members.stream().allMatch(GroupReader::hasCommittedAll);
  }

  private void letLeave(Awaiting awaiting, ClientNetwork network, Map<TopicPartition, Long> ends) {
    groups.forEach(group -> group.members.forEach(GroupReader::leave));
    awaiting.until(
        "members to leave",
        () ->
            groups.stream().allMatch(group -> group.members.stream().allMatch(GroupReader::isGone)),
        () -> readPositions(awaiting, network, ends));
  }

  private void readPositions(
      Awaiting awaiting, ClientNetwork network, Map<TopicPartition, Long> ends) {
    Coordinators coordinators = new Coordinators(network);
    ClientMetadata metadata = new ClientMetadata(network);
    ends.forEach(
        (each, end) -> placeEnds.put(new Ownership.Place(each.topic(), each.partition()), end));
    for (Group group : groups) {
      open++;
      new GroupOffsets(network, metadata, coordinators, group.name, false)
          .fetch(
              null,
              -1,
              all(),
              found -> {
                judge(group, found, ends);
                open--;
              },
              error -> history.problem("no positions of " + group.name + ": " + error));
    }
    awaiting.until(
        "positions of groups",
        () -> open == 0,
        () -> {
          network.close();
          isRead = true;
        });
  }

  /** Positions are where whoever takes over would begin, and that is the end. */
  private static void judge(
      Group group, Map<TopicPartition, Long> found, Map<TopicPartition, Long> ends) {
    ends.forEach(
        (each, end) -> {
          long position = found.getOrDefault(each, 0L);
          group.ownership.taken(JUDGE, each.topic(), each.partition(), position);
          if (position != end) {
            group.ownership.problem(
                "%s is at %d of %s, which ends at %d".formatted(group.name, position, each, end));
          }
        });
  }

  @Override
  public boolean isRead() {
    return isRead;
  }

  @Override
  public List<String> anomalies() {
    List<String> anomalies = new ArrayList<>();
    HistoryChecker.check(history).forEach(each -> anomalies.add(each.toString()));
    for (Group group : groups) {
      for (String each : OwnershipChecker.check(group.ownership, Rules.WITH_FAILURES)) {
        anomalies.add(group.name + ": " + each);
      }
      OwnershipChecker.unread(group.ownership, placeEnds)
          .forEach(
              (place, missing) ->
                  anomalies.add("%s has not read %s of %s".formatted(group.name, missing, place)));
    }
    return anomalies;
  }

  @Override
  public List<SimulatedClient> clients() {
    List<SimulatedClient> clients = new ArrayList<>(producers);
    groups.forEach(group -> clients.addAll(group.members));
    return clients;
  }

  @Override
  public String summary() {
    return "groups: %d sent, %d in the log; %s"
        .formatted(
            history.writes().size(),
            history.finalReads().size(),
            groups.stream()
                .map(group -> "%d read by %s".formatted(group.ownership.reads(), group.name))
                .toList());
  }
}
