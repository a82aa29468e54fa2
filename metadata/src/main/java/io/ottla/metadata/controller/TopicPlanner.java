package io.ottla.metadata.controller;

import io.ottla.metadata.controller.Command.PlacedPartitions;
import io.ottla.metadata.controller.Command.PlacedTopic;
import io.ottla.metadata.image.ConfigResource;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.NodeIds;
import io.ottla.metadata.image.TopicImage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntUnaryOperator;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Turns what a client asks of topics into commands: checks it, chooses ids and brokers. Throws
 * {@link ControllerException} for what cannot be. Used by the controller's thread.
 */
final class TopicPlanner {

  private final ConfigRules configRules;
  private final int defaultPartitions;
  private final IntUnaryOperator defaultReplicationFactor;
  private final RandomGenerator random;
  private final Supplier<Uuid> topicIds;

  TopicPlanner(ConfigRules configRules, ControllerSettings settings) {
    this.configRules = configRules;
    this.defaultPartitions = settings.defaultPartitions();
    this.defaultReplicationFactor = settings.defaultReplicationFactor();
    this.random = settings.random();
    this.topicIds = settings.topicIds();
  }

  /** How many partitions a client asks for; 0 for numbers that will be refused. */
  long partitionsAskedFor(NewTopic topic) {
    if (!topic.assignments().isEmpty()) {
      return topic.assignments().size();
    }
    return topic.partitions() == NewTopic.DEFAULT
        ? defaultPartitions
        : Math.max(0, topic.partitions());
  }

  /** As {@link #partitionsAskedFor(NewTopic)}, of partitions to be added. */
  static long partitionsAskedFor(MetadataImage image, NewPartitions asked) {
    TopicImage topic = image.topic(asked.topic());
    return topic == null ? 0 : Math.max(0L, (long) asked.count() - topic.partitionCount());
  }

  PlacedTopic place(MetadataImage image, NewTopic topic) {
    ItemResult flaw = TopicControl.nameFlaw(image, topic.name());
    if (flaw != null) {
      throw new ControllerException(flaw.error(), flaw.message());
    }
    checkConfigs(topic);
    List<NodeIds> assignments =
        topic.assignments().isEmpty() ? chosen(image, topic) : given(image, topic);
    return new PlacedTopic(topic.name(), topicIds.get(), assignments, topic.configs());
  }

  private void checkConfigs(NewTopic topic) {
    for (Map.Entry<String, String> config : topic.configs().entrySet()) {
      if (config.getValue() == null) {
        throw new ControllerException(
            ErrorCode.INVALID_CONFIG,
            "Null value not supported for topic config '" + config.getKey() + "'.");
      }
      ConfigPlanner.checkLength(config.getKey(), config.getValue());
    }
    if (!topic.configs().isEmpty()) {
      configRules.validate(ConfigResource.topic(topic.name()), Map.of(), topic.configs());
    }
  }

  private List<NodeIds> chosen(MetadataImage image, NewTopic topic) {
    if (topic.replicationFactor() < NewTopic.DEFAULT || topic.replicationFactor() == 0) {
      throw new ControllerException(
          ErrorCode.INVALID_REPLICATION_FACTOR,
          "Replication factor must be larger than 0, or -1 to use the default value.");
    }
    if (topic.partitions() < NewTopic.DEFAULT || topic.partitions() == 0) {
      throw new ControllerException(
          ErrorCode.INVALID_PARTITIONS,
          "Number of partitions must be larger than 0, or -1 to use the default value.");
    }
    int partitions =
        topic.partitions() == NewTopic.DEFAULT ? defaultPartitions : topic.partitions();
    int replicas =
        topic.replicationFactor() == NewTopic.DEFAULT
            ? defaultReplicationFactor.applyAsInt(image.brokers().size())
            : topic.replicationFactor();
    return place(image, partitions, replicas);
  }

  private List<NodeIds> given(MetadataImage image, NewTopic topic) {
    if (topic.replicationFactor() != NewTopic.DEFAULT) {
      throw new ControllerException(
          ErrorCode.INVALID_REQUEST,
          "Replicas were assigned by hand: the replication factor must be -1 then.");
    }
    if (topic.partitions() != NewTopic.DEFAULT) {
      throw new ControllerException(
          ErrorCode.INVALID_REQUEST,
          "Replicas were assigned by hand: the number of partitions must be -1 then.");
    }
    TreeMap<Integer, NodeIds> byPartition = new TreeMap<>();
    int replicas = topic.assignments().getFirst().brokerIds().size();
    for (NewTopic.Assignment assignment : topic.assignments()) {
      NodeIds brokers = NodeIds.of(assignment.brokerIds());
      checkAssignment(image, brokers, replicas);
      if (byPartition.put(assignment.partition(), brokers) != null) {
        throw invalidAssignment(
            "Partition " + assignment.partition() + " is assigned more than once.");
      }
    }
    if (byPartition.firstKey() != 0 || byPartition.lastKey() != byPartition.size() - 1) {
      throw invalidAssignment("Partitions must be numbered from 0 without a gap.");
    }
    return List.copyOf(byPartition.values());
  }

  PlacedPartitions place(MetadataImage image, NewPartitions asked) {
    TopicImage topic = image.topic(asked.topic());
    if (topic == null) {
      throw new ControllerException(
          ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.message());
    }
    int existing = topic.partitionCount();
    if (asked.count() == existing) {
      throw new ControllerException(
          ErrorCode.INVALID_PARTITIONS, "Topic already has " + existing + " partition(s).");
    }
    if (asked.count() < existing) {
      throw new ControllerException(
          ErrorCode.INVALID_PARTITIONS,
          "Topic '"
              + asked.topic()
              + "' has "
              + existing
              + " partition(s); "
              + asked.count()
              + " would not be an increase.");
    }
    int additional = asked.count() - existing;
    List<NodeIds> assignments =
        asked.assignments() == null
            ? place(image, additional, topic.replicationFactor())
            : given(image, asked, additional, topic.replicationFactor());
    return new PlacedPartitions(topic.id(), existing, assignments);
  }

  private static List<NodeIds> given(
      MetadataImage image, NewPartitions asked, int additional, int replicas) {
    if (asked.assignments().size() != additional) {
      throw invalidAssignment(
          additional
              + " partition(s) are to be added, but "
              + asked.assignments().size()
              + " assignment(s) were given.");
    }
    List<NodeIds> given = new ArrayList<>(additional);
    for (List<Integer> assignment : asked.assignments()) {
      NodeIds brokers = NodeIds.of(assignment);
      checkAssignment(image, brokers, replicas);
      given.add(brokers);
    }
    return given;
  }

  private List<NodeIds> place(MetadataImage image, int partitions, int replicas) {
    Placement placement = new Placement(image, random);
    String lack = null;
    if (placement.leaders() == 0) {
      lack =
          image.brokers().isEmpty()
              ? "no broker is registered."
              : "All brokers are currently fenced or in controlled shutdown.";
    } else if (replicas > placement.brokers()) {
      lack =
          "The target replication factor of "
              + replicas
              + " cannot be reached because only "
              + placement.brokers()
              + " broker(s) are registered.";
    }
    if (lack != null) {
      throw new ControllerException(
          ErrorCode.INVALID_REPLICATION_FACTOR,
          "Unable to replicate the partition " + replicas + " time(s): " + lack);
    }
    return placement.place(partitions, replicas);
  }

  private static void checkAssignment(MetadataImage image, NodeIds brokers, int replicas) {
    if (brokers.isEmpty()) {
      throw invalidAssignment("A partition was assigned to no broker.");
    }
    Set<Integer> seen = new HashSet<>();
    boolean someActive = false;
    for (int id : brokers.asList()) {
      if (image.broker(id) == null) {
        throw invalidAssignment(
            "A partition was assigned to broker " + id + ", which is not registered.");
      }
      if (!seen.add(id)) {
        throw invalidAssignment("A partition was assigned to broker " + id + " more than once.");
      }
      someActive |= image.isActive(id);
    }
    if (brokers.size() != replicas) {
      throw invalidAssignment(
          "A partition was assigned to "
              + brokers.size()
              + " broker(s), another one of the topic to "
              + replicas
              + ".");
    }
    if (!someActive) {
      throw invalidAssignment(
          "All of the brokers " + brokers + " are fenced or in controlled shutdown.");
    }
  }

  private static ControllerException invalidAssignment(String message) {
    return new ControllerException(ErrorCode.INVALID_REPLICA_ASSIGNMENT, message);
  }
}
