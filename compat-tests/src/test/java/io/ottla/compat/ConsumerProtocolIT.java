package io.ottla.compat;

import static io.ottla.compat.member.GroupClients.partitions;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.compat.broker.BrokerProcess;
import io.ottla.compat.broker.Brokers;
import io.ottla.compat.member.GroupClients;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.SubscriptionPattern;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.InvalidRegularExpression;
import org.apache.kafka.common.errors.UnreleasedInstanceIdException;
import org.apache.kafka.common.errors.UnsupportedAssignorException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The consumer protocol (KIP-848) as the stock client of 4.3 speaks it, from day to day. */
class ConsumerProtocolIT {
  private static final Duration LIMIT = GroupClients.LIMIT;

  @RegisterExtension static final Brokers BROKERS = new Brokers();

  private static BrokerProcess broker;

  private final GroupClients clients = new GroupClients(() -> broker.bootstrapServers());

  @BeforeAll
  static void startBroker() throws Exception {
    broker = BROKERS.start(BROKERS.config().withQuickGroups());
  }

  @AfterEach
  void closeClients() {
    clients.close();
  }

  @Test
  void membersShareWhatTheySubscribeToByName() throws Exception {
    clients.createTopic("named", 6);
    clients.produce("named", 6, 300);
    Consumer<String, String> first = clients.consumer("by-name");
    first.subscribe(List.of("named", "named-but-not-there"));
    assertThat(GroupClients.read(first, 300)).contains("r0", "r299");
    first.commitSync();
    Consumer<String, String> second = clients.consumer("by-name");
    second.subscribe(List.of("named"));
    clients.awaitShared(partitions("named", 6), first, second);
    assertThat(first.assignment()).hasSize(3);

    clients.produce("named", 6, 60);
    Set<TopicPartition> ofFirst = Set.copyOf(first.assignment());
    clients.poll("all is read", () -> position(first) + position(second) == 360, first, second);
    assertThat(first.assignment()).as("nothing moved meanwhile").isEqualTo(ofFirst);

    clients.close(first); // leaves, and the other has all at once
    clients.awaitShared(partitions("named", 6), second);
  }

  private static long position(Consumer<String, String> consumer) {
    return consumer.assignment().stream().mapToLong(consumer::position).sum();
  }

  @Test
  void aPatternTakesInTopicsThatComeLaterAndPartitionsThatAreAdded() throws Exception {
    clients.createTopic("pattern-a", 2);
    clients.createTopic("other-pattern-b", 2);
    Consumer<String, String> first = clients.consumer("by-pattern");
    Consumer<String, String> second = clients.consumer("by-pattern");
    first.subscribe(new SubscriptionPattern("pattern-[a-z]"));
    second.subscribe(new SubscriptionPattern("pattern-[a-z]"));
    clients.awaitShared(partitions("pattern-a", 2), first, second);

    clients.createTopic("pattern-c", 2);
    Set<TopicPartition> all = new HashSet<>(partitions("pattern-a", 2));
    all.addAll(partitions("pattern-c", 2));
    clients.awaitShared(all, first, second);

    clients.admin().createPartitions(Map.of("pattern-c", NewPartitions.increaseTo(4))).all().get();
    all.addAll(partitions("pattern-c", 4));
    clients.awaitShared(all, first, second);

    first.unsubscribe();
    first.subscribe(List.of("other-pattern-b")); // a pattern and names in one group
    clients.poll(
        "each has its own",
        () ->
            first.assignment().equals(partitions("other-pattern-b", 2))
                && second.assignment().equals(all),
        first,
        second);

    // Last, as the client of 4.3.1 cannot look up topics by id once one of them is gone.
    clients.admin().deleteTopics(List.of("pattern-a")).all().get();
    clients.poll(
        "what is deleted is taken away",
        () -> second.assignment().equals(partitions("pattern-c", 4)),
        first,
        second);
  }

  @Test
  void aPatternThatIsNoneIsRefused() throws Exception {
    clients.createTopic("no-pattern", 1);
    Consumer<String, String> consumer = clients.consumer("no-pattern");
    consumer.subscribe(new SubscriptionPattern("no-pattern("));
    assertThatThrownBy(() -> clients.poll("it fails", () -> false, consumer))
        .isInstanceOf(InvalidRegularExpression.class);
  }

  @Test
  void theAssignorIsTheOneTheMembersAskFor() throws Exception {
    clients.createTopic("assigned-a", 3);
    clients.createTopic("assigned-b", 3);
    Set<TopicPartition> all = new HashSet<>(partitions("assigned-a", 3));
    all.addAll(partitions("assigned-b", 3));
    for (String assignor : List.of("range", "uniform")) {
      String group = "assigned-by-" + assignor;
      Consumer<String, String> first = clients.consumer(group, "group.remote.assignor", assignor);
      Consumer<String, String> second = clients.consumer(group, "group.remote.assignor", assignor);
      first.subscribe(List.of("assigned-a", "assigned-b"));
      second.subscribe(List.of("assigned-a", "assigned-b"));
      clients.awaitShared(all, first, second);
      assertThat(clients.describe(group).partitionAssignor()).isEqualTo(assignor);
      for (Consumer<String, String> member : List.of(first, second)) {
        if (assignor.equals("range")) { // the same partitions of both
          assertThat(numbersOf(member, "assigned-a")).isEqualTo(numbersOf(member, "assigned-b"));
        } else {
          assertThat(member.assignment()).hasSize(3);
        }
      }
    }
    Consumer<String, String> wrong = clients.consumer("wrong", "group.remote.assignor", "random");
    wrong.subscribe(List.of("assigned-a"));
    assertThatThrownBy(() -> clients.poll("it fails", () -> false, wrong))
        .isInstanceOf(UnsupportedAssignorException.class);
  }

  private static Set<Integer> numbersOf(Consumer<String, String> consumer, String topic) {
    return consumer.assignment().stream()
        .filter(partition -> partition.topic().equals(topic))
        .map(TopicPartition::partition)
        .collect(Collectors.toSet());
  }

  @Test
  void aStaticMemberFindsItsPartitionsAgainAfterARestart() throws Exception {
    clients.createTopic("static", 4);
    Consumer<String, String> one = clients.consumer("static", "group.instance.id", "one");
    Consumer<String, String> two = clients.consumer("static", "group.instance.id", "two");
    one.subscribe(List.of("static"));
    two.subscribe(List.of("static"));
    clients.awaitShared(partitions("static", 4), one, two);
    Set<TopicPartition> ofOne = Set.copyOf(one.assignment());
    Set<TopicPartition> ofTwo = Set.copyOf(two.assignment());
    int epoch = clients.describe("static").groupEpoch().orElseThrow();

    Consumer<String, String> double1 = clients.consumer("static", "group.instance.id", "one");
    double1.subscribe(List.of("static"));
    assertThatThrownBy(() -> clients.poll("it fails", () -> false, double1, one, two))
        .isInstanceOf(UnreleasedInstanceIdException.class);

    clients.close(one);
    Consumer<String, String> again = clients.consumer("static", "group.instance.id", "one");
    again.subscribe(List.of("static"));
    clients.poll("it has what it had", () -> again.assignment().equals(ofOne), again, two);
    assertThat(two.assignment()).isEqualTo(ofTwo);
    ConsumerGroupDescription group = clients.describe("static");
    assertThat(group.groupEpoch()).hasValue(epoch);
    assertThat(group.members())
        .extracting(member -> member.groupInstanceId().orElseThrow())
        .containsExactlyInAnyOrder("one", "two");

    again.close(
        CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP));
    clients.forget(again);
    clients.awaitShared(partitions("static", 4), two);
  }

  @Test
  void unsubscribingGivesAllBackAndSubscribingAgainTakesPart() throws Exception {
    clients.createTopic("on-off", 2);
    clients.createTopic("on-off-other", 3);
    Consumer<String, String> first = clients.consumer("on-off");
    Consumer<String, String> second = clients.consumer("on-off");
    first.subscribe(List.of("on-off"));
    second.subscribe(List.of("on-off"));
    clients.awaitShared(partitions("on-off", 2), first, second);
    first.unsubscribe();
    assertThat(first.assignment()).isEmpty();
    clients.awaitShared(partitions("on-off", 2), second);
    first.subscribe(List.of("on-off"));
    clients.awaitShared(partitions("on-off", 2), first, second);
    second.subscribe(List.of("on-off-other"));
    clients.poll(
        "each has its own",
        () ->
            first.assignment().equals(partitions("on-off", 2))
                && second.assignment().equals(partitions("on-off-other", 3)),
        first,
        second);
  }

  @Test
  void aTopicThatIsSubscribedToBeforeItExistsIsTakenWhenItComes() throws Exception {
    Consumer<String, String> consumer = clients.consumer("early");
    consumer.subscribe(List.of("comes-later"));
    clients.poll("it is a member", () -> consumer.groupMetadata().generationId() > 0, consumer);
    assertThat(consumer.assignment()).isEmpty();
    clients.createTopic("comes-later", 3);
    clients.produce("comes-later", 3, 30);
    assertThat(GroupClients.read(consumer, 30)).hasSize(30);
    clients
        .admin()
        .createPartitions(Map.of("comes-later", NewPartitions.increaseTo(5)))
        .all()
        .get();
    clients.awaitShared(partitions("comes-later", 5), consumer);
  }

  @Test
  void offsetsAreCommittedInBothWaysAndFoundByTheNextMember() throws Exception {
    clients.createTopic("commits", 1);
    clients.produce("commits", 1, 50);
    TopicPartition partition = new TopicPartition("commits", 0);
    Consumer<String, String> first = clients.consumer("commits");
    first.subscribe(List.of("commits"));
    GroupClients.read(first, 50);
    first.commitSync(Map.of(partition, new OffsetAndMetadata(20, "half")));
    assertThat(first.committed(Set.of(partition)).get(partition))
        .isEqualTo(new OffsetAndMetadata(20, "half"));
    CompletableFuture<Map<TopicPartition, OffsetAndMetadata>> done = new CompletableFuture<>();
    first.commitAsync(
        Map.of(partition, new OffsetAndMetadata(30)),
        (offsets, exception) -> {
          if (exception == null) {
            done.complete(offsets);
          } else {
            done.completeExceptionally(exception);
          }
        });
    clients.poll("the commit is answered", done::isDone, first);
    assertThat(done.get(1, TimeUnit.SECONDS)).containsKey(partition);
    clients.close(first);
    Consumer<String, String> next = clients.consumer("commits", "enable.auto.commit", "true");
    next.subscribe(List.of("commits"));
    assertThat(GroupClients.read(next, 20)).contains("r30", "r49").doesNotContain("r29");
    clients.close(next); // commits
    Map<TopicPartition, OffsetAndMetadata> committed =
        clients.admin().listConsumerGroupOffsets("commits").partitionsToOffsetAndMetadata().get();
    assertThat(committed).containsOnlyKeys(partition);
    assertThat(committed.get(partition).offset()).isEqualTo(50);
  }

  @Test
  void groupsAreListedDescribedAndDeleted() throws Exception {
    clients.createTopic("described", 2);
    clients.produce("described", 2, 10);
    Consumer<String, String> modern = clients.consumer("described-consumer", "client.rack", "r1");
    Consumer<String, String> classic = clients.classic("described-classic");
    modern.subscribe(List.of("described"));
    classic.subscribe(List.of("described"));
    clients.poll(
        "both have all",
        () -> modern.assignment().size() == 2 && classic.assignment().size() == 2,
        modern,
        classic);
    modern.commitSync();
    classic.commitSync();

    assertThat(groups(new ListGroupsOptions().withTypes(Set.of(GroupType.CONSUMER))))
        .contains("described-consumer")
        .doesNotContain("described-classic");
    assertThat(groups(new ListGroupsOptions().withTypes(Set.of(GroupType.CLASSIC))))
        .contains("described-classic")
        .doesNotContain("described-consumer");
    assertThat(
            groups(ListGroupsOptions.forConsumerGroups().inGroupStates(Set.of(GroupState.STABLE))))
        .contains("described-consumer", "described-classic");
    assertThat(
            groups(ListGroupsOptions.forConsumerGroups().inGroupStates(Set.of(GroupState.EMPTY))))
        .doesNotContain("described-consumer", "described-classic");

    ConsumerGroupDescription described = clients.describe("described-consumer");
    assertThat(described.type()).isEqualTo(GroupType.CONSUMER);
    assertThat(described.groupState()).isEqualTo(GroupState.STABLE);
    assertThat(described.partitionAssignor()).isEqualTo("uniform");
    assertThat(described.isSimpleConsumerGroup()).isFalse();
    assertThat(described.coordinator().port()).isEqualTo(broker.port());
    assertThat(described.targetAssignmentEpoch()).isEqualTo(described.groupEpoch());
    MemberDescription member = only(described.members());
    assertThat(member.consumerId()).isEqualTo(modern.groupMetadata().memberId());
    assertThat(member.memberEpoch()).isEqualTo(described.groupEpoch());
    assertThat(member.memberEpoch()).hasValue(modern.groupMetadata().generationId());
    assertThat(member.upgraded()).hasValue(true);
    assertThat(member.rackId()).hasValue("r1");
    assertThat(member.host()).isEqualTo("/127.0.0.1");
    assertThat(member.assignment().topicPartitions()).isEqualTo(partitions("described", 2));
    assertThat(member.targetAssignment().orElseThrow().topicPartitions())
        .isEqualTo(partitions("described", 2));
    ConsumerGroupDescription old = clients.describe("described-classic");
    assertThat(old.type()).isEqualTo(GroupType.CLASSIC);
    assertThat(old.groupState()).isEqualTo(GroupState.STABLE);
    assertThat(only(old.members()).assignment().topicPartitions())
        .isEqualTo(partitions("described", 2));

    for (String group : List.of("described-consumer", "described-classic")) {
      assertThatThrownBy(() -> delete(group)).cause().isInstanceOf(GroupNotEmptyException.class);
    }
    clients.close(modern);
    clients.close(classic);
    for (String group : List.of("described-consumer", "described-classic")) {
      Await.until(
          group + " is empty",
          LIMIT,
          () -> clients.describe(group).groupState() == GroupState.EMPTY);
      assertThat(clients.describe(group).members()).isEmpty();
      clients.admin().deleteConsumerGroupOffsets(group, partitions("described", 1)).all().get();
      delete(group);
      assertThatThrownBy(() -> clients.describe(group))
          .cause()
          .isInstanceOf(GroupIdNotFoundException.class);
    }
    assertThat(groups(new ListGroupsOptions()))
        .doesNotContain("described-consumer", "described-classic");
  }

  private void delete(String group) throws Exception {
    clients.admin().deleteConsumerGroups(List.of(group)).all().get();
  }

  private Set<String> groups(ListGroupsOptions options) throws Exception {
    return clients.admin().listGroups(options).all().get().stream()
        .map(GroupListing::groupId)
        .collect(Collectors.toSet());
  }

  private static <T> T only(Collection<T> some) {
    assertThat(some).hasSize(1);
    return some.iterator().next();
  }
}
