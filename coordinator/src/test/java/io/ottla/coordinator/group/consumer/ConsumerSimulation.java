package io.ottla.coordinator.group.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordinator.ErrorLog;
import io.ottla.coordinator.group.journal.RebalanceEnd;
import io.ottla.coordinator.group.journal.RebalanceEntry;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.ConsumerGroupHeartbeatRequest;
import io.ottla.wire.message.ConsumerGroupHeartbeatResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Consumers that come, go, crash and change their minds, over a network that loses answers, a log
 * that fails and a coordinator that crashes. After each step no partition has two owners and the
 * log says what is; in the end, when all behave, everybody has its share.
 */
final class ConsumerSimulation {

  private static final List<String> TOPICS = List.of("ta", "tb", "tc", "ua", "ub");

  private final Random random;
  private final List<SimulatedConsumer> consumers = new ArrayList<>();
  private final List<String> transcript = new ArrayList<>();
  private ConsumerBed bed;
  private int names;
  private int answers;

  ConsumerSimulation(long seed) {
    random = new Random(seed);
    TestTopics topics = TestTopics.NONE.with("ta", 3).with("tb", 7).with("ua", 5);
    if (seed % 20 == 0) {
      topics = topics.with("ub", TargetAssignments.SMALL + 10);
    }
    bed = new ConsumerBed().topics(topics);
    bed.settings =
        new ConsumerGroupSettings(
            45_000,
            5_000,
            random.nextBoolean(),
            random.nextInt(3) * 500,
            100,
            random.nextBoolean() ? List.of("uniform", "range") : List.of("range", "uniform"),
            MigrationPolicy.DISABLED,
            60_000,
            true);
    bed.start();
    for (int i = 0; i < 7; i++) {
      consumers.add(fresh(i));
    }
  }

  private SimulatedConsumer fresh(int index) {
    SimulatedConsumer consumer =
        new SimulatedConsumer("m" + names++, index < 2 ? "i" + index : null);
    subscribe(consumer);
    return consumer;
  }

  private void subscribe(SimulatedConsumer consumer) {
    String regex = random.nextInt(4) == 0 ? List.of("t.*", ".*a").get(random.nextInt(2)) : null;
    Set<String> topics = new TreeSet<>();
    for (int i = random.nextInt(4); i >= (regex == null ? 0 : 1); i--) {
      topics.add(TOPICS.get(random.nextInt(TOPICS.size())));
    }
    consumer.subscribe(List.copyOf(topics), regex);
  }

  String transcript() {
    return String.join(
        "\n", transcript.subList(Math.max(0, transcript.size() - 40), transcript.size()));
  }

  /** Returns how many heartbeats were answered. */
  int run(int steps) {
    for (int i = 0; i < steps; i++) {
      step();
      check();
      if (i % 100 == 0) {
        bed.assertReplayEqualsLiveState();
      }
    }
    settle();
    return answers;
  }

  private void step() {
    int index = random.nextInt(consumers.size());
    SimulatedConsumer consumer = consumers.get(index);
    int choice = random.nextInt(100);
    if (choice < 10) {
      pass(random.nextInt(2_000));
    } else if (choice < 11) {
      pass(random.nextInt(50_000));
    } else if (choice < 13) {
      changeTopics();
    } else if (choice < 14) {
      say("the coordinator crashes");
      bed = bed.reload();
    } else if (choice < 20) {
      bed.runOffloaded();
    } else if (choice < 22) {
      say("the log fails");
      bed.log.failNextAppend(ErrorCode.NOT_ENOUGH_REPLICAS);
    } else if (!consumer.isRunning) {
      if (random.nextInt(3) == 0) {
        consumers.set(index, consumer = fresh(index));
      }
      consumer.start();
      send(consumer, consumer.heartbeat());
    } else if (choice < 24) {
      say(consumer.memberId + " crashes");
      consumer.crash();
    } else if (choice < 27) {
      ConsumerGroupHeartbeatRequest leaving =
          consumer.leaving(consumer.instanceId != null && random.nextBoolean());
      say(consumer.memberId + " leaves");
      bed.send(leaving);
    } else if (choice < 32) {
      subscribe(consumer);
    } else if (choice < 60) {
      consumer.reconcile();
      send(consumer, consumer.heartbeat());
    } else {
      send(consumer, consumer.heartbeat());
    }
  }

  private void send(SimulatedConsumer consumer, ConsumerGroupHeartbeatRequest request) {
    ConsumerGroupHeartbeatResponse response = bed.send(request);
    boolean isLost = random.nextInt(12) == 0;
    say(consumer + " sends " + request + (isLost ? " lost " : " got ") + response);
    if (isLost) {
      consumer.onLost();
    } else {
      consumer.onResponse(response);
      answers++;
    }
  }

  private void pass(long ms) {
    say(ms + " ms pass");
    bed.pass(ms);
  }

  private void changeTopics() {
    String name = TOPICS.get(random.nextInt(TOPICS.size()));
    TopicCatalog.Topic topic = bed.topics.topic(name);
    if (topic == null) {
      bed.topics(bed.topics.with(name, new Uuid(random.nextLong(), 7), 1 + random.nextInt(8)));
    } else if (random.nextInt(3) == 0) {
      bed.topics(bed.topics.without(name));
    } else {
      bed.topics(bed.topics.with(name, topic.id(), topic.partitionCount() + 1));
    }
    say("topics change: " + name);
  }

  private void say(String what) {
    transcript.add(what);
  }

  /** A rebalance is under way just as long as somebody has something to wait for. */
  private void checkJournal(ConsumerGroup group) {
    List<RebalanceEntry> entries = bed.journal.entries(ConsumerBed.GROUP);
    boolean isUnderWay = !entries.isEmpty() && entries.getLast().end() == RebalanceEnd.UNDER_WAY;
    boolean isResolved =
        group.subscriptions().regexes().isEmpty() || group.subscriptions().isResolved();
    assertThat(isUnderWay)
        .as("%s rebalances", group)
        .isEqualTo(!group.isEmpty() && !(group.isSettled() && isResolved));
  }

  private void check() {
    ConsumerGroup group = bed.group();
    if (group == null) {
      return;
    }
    checkJournal(group);
    Map<String, String> owners = new HashMap<>();
    for (ConsumerMember member : group.members()) {
      for (Map<Uuid, Map<Integer, Integer>> partitions :
          List.of(member.current().assigned(), member.current().pendingRevocation())) {
        partitions.forEach(
            (topicId, epochs) ->
                epochs.forEach(
                    (partition, epoch) -> {
                      String other = owners.put(topicId + "-" + partition, member.memberId());
                      assertThat(other).as("owner of %s-%s", topicId, partition).isNull();
                      assertThat(group.owners().epoch(topicId, partition))
                          .isEqualTo(member.epoch());
                      assertThat(epoch).isLessThanOrEqualTo(group.epoch());
                    }));
      }
    }
    checkReaders(group, owners);
  }

  /** Who reads what it should not has been removed, and is fenced when it comes. */
  private void checkReaders(ConsumerGroup group, Map<String, String> owners) {
    for (SimulatedConsumer consumer : consumers) {
      ConsumerMember member = group.member(consumer.memberId);
      if (member == null || !consumer.isRunning || consumer.epoch < member.epoch()) {
        continue;
      }
      consumer.owned.forEach(
          (topicId, partitions) ->
              partitions.forEach(
                  partition ->
                      assertThat(owners.get(topicId + "-" + partition))
                          .as("owner of %s-%s", topicId, partition)
                          .isEqualTo(consumer.memberId)));
    }
  }

  private void settle() {
    say("everybody behaves");
    for (SimulatedConsumer consumer : consumers) {
      if (!consumer.isRunning) {
        consumer.start();
      }
    }
    bed.log.failAppends(ErrorCode.NONE);
    for (int round = 0; round < 80; round++) {
      for (SimulatedConsumer consumer : consumers) {
        if (!consumer.isRunning) {
          consumer.start();
        }
        consumer.reconcile();
        ConsumerGroupHeartbeatRequest request = consumer.heartbeat();
        ConsumerGroupHeartbeatResponse response = bed.send(request);
        say(consumer + " sends " + request + " got " + response);
        consumer.onResponse(response);
        check();
      }
      bed.runOffloaded();
      pass(1_000);
    }
    ConsumerGroup group = bed.group();
    assertThat(group.state()).isEqualTo(ConsumerGroupState.STABLE);
    assertThat(group.isSettled()).isTrue();
    Map<Uuid, Set<Integer>> read = new TreeMap<>();
    for (SimulatedConsumer consumer : consumers) {
      assertThat(consumer.isBusy()).isFalse();
      consumer.owned.forEach(
          (topicId, partitions) ->
              partitions.forEach(
                  partition ->
                      assertThat(
                              read.computeIfAbsent(topicId, id -> new TreeSet<>()).add(partition))
                          .isTrue()));
    }
    Map<Uuid, Set<Integer>> expected = new TreeMap<>();
    for (String name : group.subscribedTopics()) {
      TopicCatalog.Topic topic = bed.topics.topic(name);
      if (topic != null) {
        Set<Integer> all = new TreeSet<>();
        for (int i = 0; i < topic.partitionCount(); i++) {
          all.add(i);
        }
        expected.put(topic.id(), all);
      }
    }
    assertThat(read).isEqualTo(expected);
    bed.newRecords();
    for (SimulatedConsumer consumer : consumers) {
      consumer.onResponse(bed.send(consumer.heartbeat()));
    }
    assertThat(bed.newRecords()).as("nothing is left to do").isEmpty();
    bed.assertReplayEqualsLiveState();
    ErrorLog.clear();
  }
}
