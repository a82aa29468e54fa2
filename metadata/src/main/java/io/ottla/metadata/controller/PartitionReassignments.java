package io.ottla.metadata.controller;

import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.metadata.image.TopicImage;
import io.ottla.wire.message.ListPartitionReassignmentsRequest.ListPartitionReassignmentsTopics;
import io.ottla.wire.message.ListPartitionReassignmentsResponse.OngoingPartitionReassignment;
import io.ottla.wire.message.ListPartitionReassignmentsResponse.OngoingTopicReassignment;
import java.util.ArrayList;
import java.util.List;

/** The moves of partitions that are under way in an image. Any thread. */
public final class PartitionReassignments {

  private PartitionReassignments() {}

  /**
   * The moves under way, by topic; topics without any are left out.
   *
   * @param asked which topics and partitions; null for all
   */
  public static List<OngoingTopicReassignment> ongoing(
      MetadataImage image, List<ListPartitionReassignmentsTopics> asked) {
    List<OngoingTopicReassignment> ongoing = new ArrayList<>();
    if (asked == null) {
      for (TopicImage topic : image.topics()) {
        List<OngoingPartitionReassignment> partitions = new ArrayList<>();
        for (int i = 0; i < topic.partitionCount(); i++) {
          addIfMoving(partitions, topic, i);
        }
        addIfAny(ongoing, topic, partitions);
      }
      return ongoing;
    }
    for (ListPartitionReassignmentsTopics wanted : asked) {
      TopicImage topic = image.topic(wanted.name());
      if (topic != null) {
        List<OngoingPartitionReassignment> partitions = new ArrayList<>();
        wanted.partitionIndexes().forEach(number -> addIfMoving(partitions, topic, number));
        addIfAny(ongoing, topic, partitions);
      }
    }
    return ongoing;
  }

  private static void addIfMoving(
      List<OngoingPartitionReassignment> partitions, TopicImage topic, int number) {
    PartitionImage partition = topic.partition(number);
    if (partition != null && partition.isReassigning()) {
      partitions.add(
          new OngoingPartitionReassignment()
              .partitionIndex(number)
              .replicas(partition.replicas().asList())
              .addingReplicas(partition.addingReplicas().asList())
              .removingReplicas(partition.removingReplicas().asList()));
    }
  }

  private static void addIfAny(
      List<OngoingTopicReassignment> ongoing,
      TopicImage topic,
      List<OngoingPartitionReassignment> partitions) {
    if (!partitions.isEmpty()) {
      ongoing.add(new OngoingTopicReassignment().name(topic.name()).partitions(partitions));
    }
  }
}
