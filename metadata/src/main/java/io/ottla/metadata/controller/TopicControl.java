package io.ottla.metadata.controller;

import io.ottla.metadata.controller.Command.CreatePartitions;
import io.ottla.metadata.controller.Command.CreateTopics;
import io.ottla.metadata.controller.Command.DeleteTopics;
import io.ottla.metadata.controller.Command.PlacedPartitions;
import io.ottla.metadata.controller.Command.PlacedTopic;
import io.ottla.metadata.image.ConfigResource;
import io.ottla.metadata.image.MetadataDelta.ConfigChanged;
import io.ottla.metadata.image.MetadataDelta.PartitionsAdded;
import io.ottla.metadata.image.MetadataDelta.TopicCreated;
import io.ottla.metadata.image.MetadataDelta.TopicDeleted;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.NodeIds;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.metadata.image.TopicImage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Applies what is asked of topics. Pure: all it reads is the image and the command. */
final class TopicControl {

  private TopicControl() {}

  static CommandResult createTopics(Changes changes, CreateTopics command) {
    List<ItemResult> results = new ArrayList<>(command.topics().size());
    for (PlacedTopic topic : command.topics()) {
      results.add(createTopic(changes, topic));
    }
    return new CommandResult.Items(results);
  }

  private static ItemResult createTopic(Changes changes, PlacedTopic topic) {
    MetadataImage image = changes.image();
    ItemResult flaw = nameFlaw(image, topic.name());
    if (flaw != null) {
      return flaw;
    }
    if (image.topic(topic.id()) != null) {
      return ItemResult.stale(
          ErrorCode.TOPIC_ALREADY_EXISTS, "Topic id " + topic.id() + " is taken.");
    }
    List<PartitionImage> partitions = new ArrayList<>(topic.assignments().size());
    for (NodeIds replicas : topic.assignments()) {
      NodeIds isr = active(image, replicas);
      if (isr.isEmpty()) {
        return noActiveReplica(replicas);
      }
      partitions.add(PartitionImage.created(replicas, isr));
    }
    changes.add(new TopicCreated(topic.id(), topic.name(), partitions));
    if (!topic.configs().isEmpty()) {
      changes.add(new ConfigChanged(ConfigResource.topic(topic.name()), topic.configs()));
    }
    return ItemResult.DONE;
  }

  /** Why a topic of this name cannot be created; null when it can. */
  static ItemResult nameFlaw(MetadataImage image, String name) {
    String illegal = TopicNames.flaw(name);
    if (illegal != null) {
      return ItemResult.refused(ErrorCode.INVALID_TOPIC_EXCEPTION, illegal);
    }
    if (image.topic(name) != null) {
      return ItemResult.refused(
          ErrorCode.TOPIC_ALREADY_EXISTS, "Topic '" + name + "' already exists.");
    }
    String colliding = image.collidingTopic(name);
    if (colliding != null) {
      return ItemResult.refused(
          ErrorCode.INVALID_TOPIC_EXCEPTION,
          "Topic '"
              + name
              + "' collides with the existing topic '"
              + colliding
              + "': in metric names '.' and '_' are one.");
    }
    return null;
  }

  static CommandResult deleteTopics(Changes changes, DeleteTopics command) {
    List<ItemResult> results = new ArrayList<>(command.topicIds().size());
    for (Uuid id : command.topicIds()) {
      TopicImage topic = changes.image().topic(id);
      if (topic == null) {
        results.add(
            ItemResult.refused(ErrorCode.UNKNOWN_TOPIC_ID, ErrorCode.UNKNOWN_TOPIC_ID.message()));
        continue;
      }
      ConfigResource resource = ConfigResource.topic(topic.name());
      if (!changes.image().configs(resource).isEmpty()) {
        changes.add(new ConfigChanged(resource, Map.of()));
      }
      changes.add(new TopicDeleted(id, topic.name()));
      results.add(ItemResult.DONE);
    }
    return new CommandResult.Items(results);
  }

  static CommandResult createPartitions(Changes changes, CreatePartitions command) {
    List<ItemResult> results = new ArrayList<>(command.topics().size());
    for (PlacedPartitions topic : command.topics()) {
      results.add(createPartitions(changes, topic));
    }
    return new CommandResult.Items(results);
  }

  private static ItemResult createPartitions(Changes changes, PlacedPartitions added) {
    TopicImage topic = changes.image().topic(added.topicId());
    if (topic == null) {
      return ItemResult.stale(
          ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.message());
    }
    if (topic.partitionCount() != added.firstPartition()) {
      return ItemResult.stale(
          ErrorCode.INVALID_PARTITIONS,
          "Topic already has " + topic.partitionCount() + " partition(s).");
    }
    List<PartitionImage> partitions = new ArrayList<>(added.assignments().size());
    for (NodeIds replicas : added.assignments()) {
      NodeIds isr = active(changes.image(), replicas);
      if (isr.isEmpty()) {
        return noActiveReplica(replicas);
      }
      partitions.add(PartitionImage.created(replicas, isr));
    }
    changes.add(new PartitionsAdded(topic.id(), added.firstPartition(), partitions));
    return ItemResult.DONE;
  }

  private static ItemResult noActiveReplica(NodeIds replicas) {
    return ItemResult.stale(
        ErrorCode.INVALID_REPLICATION_FACTOR,
        "None of the brokers " + replicas + " is registered and unfenced.");
  }

  private static NodeIds active(MetadataImage image, NodeIds replicas) {
    NodeIds active = replicas;
    for (int i = 0; i < replicas.size(); i++) {
      if (!image.isActive(replicas.at(i))) {
        active = active.without(replicas.at(i));
      }
    }
    return active;
  }
}
