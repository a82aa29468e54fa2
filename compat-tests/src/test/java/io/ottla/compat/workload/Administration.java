package io.ottla.compat.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.DescribeTopicsResult;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Everyday administration: topics, their configs, groups and their offsets, the cluster. */
public final class Administration {
  private final Session session;
  private final Admin admin;
  private final String topic;

  private Administration(Session session, Admin admin) {
    this.session = session;
    this.admin = admin;
    this.topic = session.name("admin");
  }

  public static void run(Session session) throws Exception {
    try (Admin admin = session.admin()) {
      Administration administration = new Administration(session, admin);
      administration.createsTopics();
      administration.refusesWhatIsWrong();
      administration.changesConfigs();
      administration.addsPartitions();
      administration.looksAfterGroups();
      administration.describesTheCluster();
      administration.deletesTopics();
    }
  }

  private void createsTopics() throws Exception {
    NewTopic wanted =
        new NewTopic(topic, 3, (short) 1)
            .configs(Map.of("retention.ms", "3600000", "cleanup.policy", "compact"));
    admin.createTopics(Set.of(wanted), new CreateTopicsOptions().validateOnly(true)).all().get();
    assertThat(admin.listTopics().names().get()).doesNotContain(topic);
    admin.createTopics(Set.of(wanted)).all().get();
    Session.await("the topic is there", () -> admin.listTopics().names().get().contains(topic));

    TopicDescription description = describe(topic);
    assertThat(description.name()).isEqualTo(topic);
    assertThat(description.isInternal()).isFalse();
    assertThat(description.partitions()).hasSize(3);
    description
        .partitions()
        .forEach(
            partition -> {
              assertThat(partition.leader().id()).isEqualTo(1);
              assertThat(partition.replicas()).hasSize(1);
              assertThat(partition.isr()).hasSize(1);
            });

    String defaults = session.name("defaults");
    admin
        .createTopics(Set.of(new NewTopic(defaults, Optional.empty(), Optional.empty())))
        .all()
        .get();
    Session.await("the topic is there", () -> admin.listTopics().names().get().contains(defaults));
    assertThat(describe(defaults).partitions()).hasSize(1);
    admin.deleteTopics(Set.of(defaults)).all().get();
  }

  private void refusesWhatIsWrong() {
    refuses(TopicExistsException.class, () -> create(new NewTopic(topic, 1, (short) 1)));
    refuses(InvalidTopicException.class, () -> create(new NewTopic("no/slash", 1, (short) 1)));
    refuses(
        InvalidReplicationFactorException.class,
        () -> create(new NewTopic(session.name("x"), 1, (short) 2)));
    refuses(
        InvalidPartitionsException.class,
        () -> create(new NewTopic(session.name("x"), 0, (short) 1)));
    refuses(
        InvalidConfigurationException.class,
        () ->
            create(
                new NewTopic(session.name("x"), 1, (short) 1)
                    .configs(Map.of("cleanup.policy", "burn"))));
    refuses(UnknownTopicOrPartitionException.class, () -> describe(session.name("x")));
    refuses(
        UnknownTopicOrPartitionException.class,
        () -> admin.deleteTopics(Set.of(session.name("x"))).all().get());
  }

  private void create(NewTopic newTopic) throws Exception {
    admin.createTopics(Set.of(newTopic)).all().get();
  }

  private static void refuses(Class<? extends Throwable> with, ThrowingCallable call) {
    assertThatThrownBy(call).hasCauseInstanceOf(with);
  }

  private void changesConfigs() throws Exception {
    ConfigEntry retention = topicConfig("retention.ms");
    assertThat(retention.value()).isEqualTo("3600000");
    assertThat(retention.source()).isEqualTo(ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG);
    ConfigEntry untouched = topicConfig("max.message.bytes");
    assertThat(untouched.isDefault()).isTrue();
    assertThat(untouched.value()).isEqualTo("1048588");

    alter(new ConfigEntry("retention.ms", "7200000"), OpType.SET);
    Session.await(
        "retention.ms is set", () -> topicConfig("retention.ms").value().equals("7200000"));
    alter(new ConfigEntry("cleanup.policy", "delete"), OpType.APPEND);
    Session.await(
        "cleanup.policy is appended to",
        () -> topicConfig("cleanup.policy").value().equals("compact,delete"));
    alter(new ConfigEntry("cleanup.policy", "compact"), OpType.SUBTRACT);
    Session.await(
        "cleanup.policy is subtracted from",
        () -> topicConfig("cleanup.policy").value().equals("delete"));
    alter(new ConfigEntry("retention.ms", null), OpType.DELETE);
    Session.await(
        "retention.ms is back", () -> topicConfig("retention.ms").value().equals("604800000"));
    refuses(
        InvalidConfigurationException.class,
        () -> alter(new ConfigEntry("retention.ms", "soon"), OpType.SET));

    Config broker = configs(new ConfigResource(ConfigResource.Type.BROKER, "1"));
    assertThat(broker.get("node.id").value()).isEqualTo("1");
    alterAsOldClientsDo();
  }

  /** The request that replaces all configs at once; gone from the clients since 4.0. */
  private void alterAsOldClientsDo() throws Exception {
    Method alterConfigs;
    try {
      alterConfigs = Admin.class.getMethod("alterConfigs", Map.class);
    } catch (NoSuchMethodException gone) {
      return;
    }
    Object result =
        alterConfigs.invoke(
            admin,
            Map.of(
                new ConfigResource(ConfigResource.Type.TOPIC, topic),
                new Config(List.of(new ConfigEntry("segment.bytes", "2097152")))));
    future(result, "all").get();
    Session.await(
        "segment.bytes is set", () -> topicConfig("segment.bytes").value().equals("2097152"));
    assertThat(topicConfig("cleanup.policy").isDefault()).as("the rest is replaced").isTrue();
  }

  private void alter(ConfigEntry entry, OpType type) throws Exception {
    admin
        .incrementalAlterConfigs(
            Map.of(
                new ConfigResource(ConfigResource.Type.TOPIC, topic),
                Set.of(new AlterConfigOp(entry, type))))
        .all()
        .get();
  }

  private ConfigEntry topicConfig(String name) throws Exception {
    return configs(new ConfigResource(ConfigResource.Type.TOPIC, topic)).get(name);
  }

  private Config configs(ConfigResource resource) throws Exception {
    return admin.describeConfigs(Set.of(resource)).all().get().get(resource);
  }

  private void addsPartitions() throws Exception {
    admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(5))).all().get();
    Session.await("the partitions are there", () -> describe(topic).partitions().size() == 5);
    refuses(
        InvalidPartitionsException.class,
        () -> admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(2))).all().get());
  }

  @SuppressWarnings("deprecation") // what replaces listConsumerGroups is not in old clients
  private void looksAfterGroups() throws Exception {
    TopicPartition partition = new TopicPartition(topic, 0);
    session.produce(partition, System.currentTimeMillis(), List.of("a", "b", "c"));
    String group = session.name("admin");
    try (Consumer<String, String> consumer = session.consumer("group.id", group)) {
      consumer.subscribe(List.of(topic));
      session.read(consumer, 3);
      consumer.commitSync();
      var description = admin.describeConsumerGroups(Set.of(group)).all().get().get(group);
      assertThat(description.members()).hasSize(1);
      assertThat(description.coordinator().id()).isEqualTo(1);
      assertThat(description.members().iterator().next().assignment().topicPartitions()).hasSize(5);
    }
    assertThat(admin.listConsumerGroups().all().get())
        .anyMatch(listing -> listing.groupId().equals(group));
    assertThat(committed(group).get(partition).offset()).isEqualTo(3);
    admin.alterConsumerGroupOffsets(group, Map.of(partition, new OffsetAndMetadata(1))).all().get();
    assertThat(committed(group).get(partition).offset()).isEqualTo(1);
    admin.deleteConsumerGroupOffsets(group, Set.of(partition)).all().get();
    assertThat(committed(group).get(partition)).isNull();
    admin.deleteConsumerGroups(Set.of(group)).all().get();
    refuses(
        GroupIdNotFoundException.class,
        () -> admin.deleteConsumerGroups(Set.of(group)).all().get());
  }

  private Map<TopicPartition, OffsetAndMetadata> committed(String group) throws Exception {
    return admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
  }

  private void describesTheCluster() throws Exception {
    var cluster = admin.describeCluster();
    assertThat(cluster.nodes().get()).singleElement().satisfies(n -> assertThat(n.id()).isOne());
    assertThat(cluster.controller().get().id()).isEqualTo(1);
    assertThat(cluster.clusterId().get()).hasSize(22);
  }

  private void deletesTopics() throws Exception {
    admin.deleteTopics(Set.of(topic)).all().get();
    Session.await("the topic is gone", () -> !admin.listTopics().names().get().contains(topic));
    refuses(UnknownTopicOrPartitionException.class, () -> describe(topic));
    admin.createTopics(Set.of(new NewTopic(topic, 1, (short) 1))).all().get();
    Session.await("it is there again", () -> admin.listTopics().names().get().contains(topic));
    assertThat(describe(topic).partitions()).as("a new topic of the same name").hasSize(1);
  }

  @SuppressWarnings("unchecked")
  private TopicDescription describe(String name) throws Exception {
    DescribeTopicsResult result = admin.describeTopics(List.of(name));
    Map<String, KafkaFuture<TopicDescription>> values;
    try {
      values = (Map<String, KafkaFuture<TopicDescription>>) call(result, "topicNameValues");
    } catch (NoSuchMethodException old) {
      values = (Map<String, KafkaFuture<TopicDescription>>) call(result, "values");
    }
    return values.get(name).get();
  }

  private static KafkaFuture<?> future(Object result, String method) throws Exception {
    return (KafkaFuture<?>) call(result, method);
  }

  private static Object call(Object target, String method) throws Exception {
    return target.getClass().getMethod(method).invoke(target);
  }
}
