package io.ottla.compat.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.Await;
import io.ottla.compat.cluster.Cluster;
import io.ottla.compat.member.Member;
import io.ottla.history.ownership.Ownership;
import io.ottla.history.ownership.Ownership.Place;
import io.ottla.history.ownership.OwnershipChecker;
import io.ottla.history.ownership.OwnershipChecker.Rules;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * One group of stock consumers that reads a topic others write to, and commits as it goes. What it
 * saw is judged by {@link #finish}. The test's thread owns it.
 */
final class GroupLoad implements AutoCloseable {
  /** How a group agrees on who reads what. */
  enum Protocol {
    CLASSIC(
        Map.of(
            "group.protocol",
            "classic",
            "partition.assignment.strategy",
            "org.apache.kafka.clients.consumer.RangeAssignor")),
    COOPERATIVE(
        Map.of(
            "group.protocol",
            "classic",
            "partition.assignment.strategy",
            "org.apache.kafka.clients.consumer.CooperativeStickyAssignor")),
    CONSUMER(Map.of("group.protocol", "consumer"));

    private final Map<String, String> settings;

    Protocol(Map<String, String> settings) {
      this.settings = settings;
    }
  }

  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final Cluster cluster;
  private final String topic;
  private final int partitions;
  private final Protocol protocol;
  private final Ownership ownership = new Ownership();
  private final List<Member> members = new ArrayList<>();
  private final List<Member> leaving = new ArrayList<>();
  private int number;

  GroupLoad(Cluster cluster, String topic, int partitions, Protocol protocol, int members) {
    this.cluster = cluster;
    this.topic = topic;
    this.partitions = partitions;
    this.protocol = protocol;
    for (int i = 0; i < members; i++) {
      join();
    }
  }

  String group() {
    return "group-" + protocol;
  }

  /** One more member. */
  void join() {
    Map<String, String> settings = new HashMap<>(protocol.settings);
    settings.put("bootstrap.servers", cluster.bootstrapServers());
    settings.put("group.id", group());
    settings.put("request.timeout.ms", "5000");
    settings.put("reconnect.backoff.max.ms", "200");
    if (protocol != Protocol.CONSUMER) {
      settings.put("session.timeout.ms", "6000");
      settings.put("heartbeat.interval.ms", "1000");
    }
    members.add(new Member(protocol + "-" + ++number, settings, List.of(topic), ownership));
  }

  /** One of the members leaves; it is not waited for. */
  void leave(int index) {
    Member leaver = members.remove(index);
    leaver.beginLeaving();
    leaving.add(leaver);
  }

  /** How many there are. */
  int size() {
    return members.size();
  }

  /** How many different records were read. */
  long read() {
    return ownership.distinctReads();
  }

  /** Waits until it has read so many more. */
  void awaitProgress(long records) throws Exception {
    long before = read();
    Await.until(
        records + " more records read by " + group(),
        LIMIT,
        () -> {
          assertThat(ownership.problems()).as("problems of members").isEmpty();
          return read() >= before + records;
        });
  }

  /** Waits until each partition has one owner, each of them a member that is to stay. */
  void awaitSettled() throws Exception {
    List<String> names = members.stream().map(Member::name).toList();
    Set<Place> places = new TreeSet<>();
    for (int partition = 0; partition < partitions; partition++) {
      places.add(new Place(topic, partition));
    }
    Await.until(
        group() + " settles",
        LIMIT,
        () -> {
          assertThat(ownership.problems()).as("problems of members").isEmpty();
          return ownership.isShared(names, places);
        });
  }

  /** When nobody writes any more: everything is read soon, and all was as groups promise. */
  void finish(Map<Integer, Long> ends) throws Exception {
    Map<Place, Long> places = new HashMap<>();
    ends.forEach((partition, end) -> places.put(new Place(topic, partition), end));
    Await.until(
        group() + " has read everything up to " + ends,
        LIMIT,
        () -> {
          assertThat(ownership.problems()).as("problems of members").isEmpty();
          return OwnershipChecker.unread(ownership, places).isEmpty();
        });
    awaitSettled();
    close();
    assertThat(OwnershipChecker.check(ownership, Rules.STRICT)).as(group()).isEmpty();
    assertThat(ownership.owners()).as("owners in " + group() + " when all have left").isEmpty();
  }

  /** As {@link #close}, but waits for nobody. */
  void abandon() {
    members.forEach(Member::beginLeaving);
  }

  @Override
  public void close() throws InterruptedException {
    members.forEach(Member::beginLeaving);
    leaving.addAll(members);
    members.clear();
    for (Member member : leaving) {
      member.close();
    }
  }
}
