package io.ottla.metadata.controller;

import io.ottla.metadata.controller.Command.AlterReassignments;
import io.ottla.metadata.controller.Command.ElectLeaders;
import io.ottla.metadata.controller.Command.PartitionId;
import io.ottla.metadata.controller.Command.Reassignment;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.NodeIds;
import io.ottla.metadata.image.TopicImage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.AlterPartitionReassignmentsRequest;
import io.ottla.wire.message.AlterPartitionReassignmentsRequest.ReassignablePartition;
import io.ottla.wire.message.AlterPartitionReassignmentsRequest.ReassignableTopic;
import io.ottla.wire.message.AlterPartitionReassignmentsResponse;
import io.ottla.wire.message.AlterPartitionReassignmentsResponse.ReassignablePartitionResponse;
import io.ottla.wire.message.AlterPartitionReassignmentsResponse.ReassignableTopicResponse;
import io.ottla.wire.message.ElectLeadersRequest;
import io.ottla.wire.message.ElectLeadersResponse;
import io.ottla.wire.message.ElectLeadersResponse.PartitionResult;
import io.ottla.wire.message.ElectLeadersResponse.ReplicaElectionResult;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * What administrators ask of single partitions: elections and moves. Used by the controller's
 * shard.
 */
final class PartitionCalls {

  private static final int PREFERRED = 0;
  private static final int UNCLEAN = 1;

  /** A partition as it was asked for; its topic may not exist. */
  private record Asked(String topic, int partition) {}

  private final CommandLog log;

  PartitionCalls(CommandLog log) {
    this.log = log;
  }

  /**
   * Elects leaders, each by itself. When all partitions are meant, only those are answered that
   * need an election.
   *
   * @throws ControllerException with INVALID_REQUEST for an unknown kind of election
   */
  CompletableFuture<ElectLeadersResponse> elect(ElectLeadersRequest request) {
    if (request.electionType() != PREFERRED && request.electionType() != UNCLEAN) {
      throw new ControllerException(
          ErrorCode.INVALID_REQUEST, "Unknown election type " + request.electionType());
    }
    boolean unclean = request.electionType() == UNCLEAN;
    MetadataImage image = log.image();
    boolean all = request.topicPartitions() == null;
    Map<Asked, ItemResult> results =
        all ? needed(image, unclean) : noted(request.topicPartitions());
    List<Asked> known = new ArrayList<>();
    List<PartitionId> elections = new ArrayList<>();
    for (Map.Entry<Asked, ItemResult> entry : results.entrySet()) {
      TopicImage topic = image.topic(entry.getKey().topic());
      if (topic == null) {
        entry.setValue(
            ItemResult.refused(
                ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
                "No such topic as " + entry.getKey().topic()));
      } else {
        known.add(entry.getKey());
        elections.add(new PartitionId(topic.id(), entry.getKey().partition()));
      }
    }
    return submitted(elections, part -> new ElectLeaders(unclean, part))
        .thenApply(
            outcomes -> {
              for (int i = 0; i < known.size(); i++) {
                results.put(known.get(i), outcomes.get(i));
              }
              if (all) {
                results
                    .values()
                    .removeIf(result -> result.error() == ErrorCode.ELECTION_NOT_NEEDED);
              }
              return response(results);
            });
  }

  private static Map<Asked, ItemResult> needed(MetadataImage image, boolean unclean) {
    Map<Asked, ItemResult> needed = new LinkedHashMap<>();
    for (TopicImage topic : image.topics()) {
      for (int i = 0; i < topic.partitionCount(); i++) {
        if (ElectionControl.isNeeded(topic.partition(i), unclean)) {
          needed.put(new Asked(topic.name(), i), null);
        }
      }
    }
    return needed;
  }

  private static Map<Asked, ItemResult> noted(List<ElectLeadersRequest.TopicPartitions> topics) {
    Map<Asked, ItemResult> noted = new LinkedHashMap<>();
    for (ElectLeadersRequest.TopicPartitions topic : topics) {
      topic.partitions().forEach(partition -> noted.put(new Asked(topic.topic(), partition), null));
    }
    return noted;
  }

  private static ElectLeadersResponse response(Map<Asked, ItemResult> results) {
    Map<String, List<PartitionResult>> byTopic = new LinkedHashMap<>();
    results.forEach(
        (asked, result) ->
            byTopic
                .computeIfAbsent(asked.topic(), name -> new ArrayList<>())
                .add(
                    new PartitionResult()
                        .partitionId(asked.partition())
                        .errorCode(result.error().code())
                        .errorMessage(result.message())));
    List<ReplicaElectionResult> topics = new ArrayList<>();
    byTopic.forEach(
        (topic, partitions) ->
            topics.add(new ReplicaElectionResult().topic(topic).partitionResult(partitions)));
    return new ElectLeadersResponse().replicaElectionResults(topics);
  }

  /** Moves partitions to other brokers or cancels their moves, each by itself. */
  CompletableFuture<AlterPartitionReassignmentsResponse> reassign(
      AlterPartitionReassignmentsRequest request) {
    MetadataImage image = log.image();
    List<Reassignment> known = new ArrayList<>();
    for (ReassignableTopic topic : request.topics()) {
      TopicImage there = image.topic(topic.name());
      if (there != null) {
        topic.partitions().forEach(partition -> known.add(reassignment(there, partition)));
      }
    }
    boolean otherFactor = request.allowReplicationFactorChange();
    return submitted(known, part -> new AlterReassignments(otherFactor, part))
        .thenApply(outcomes -> response(request, image, outcomes.iterator()));
  }

  private static Reassignment reassignment(TopicImage topic, ReassignablePartition partition) {
    List<Integer> replicas = partition.replicas();
    return new Reassignment(
        topic.id(), partition.partitionIndex(), replicas == null ? null : NodeIds.of(replicas));
  }

  private static AlterPartitionReassignmentsResponse response(
      AlterPartitionReassignmentsRequest request,
      MetadataImage image,
      Iterator<ItemResult> outcomes) {
    List<ReassignableTopicResponse> topics = new ArrayList<>();
    for (ReassignableTopic topic : request.topics()) {
      ItemResult missing =
          image.topic(topic.name()) != null
              ? null
              : ItemResult.refused(
                  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
                  "Unable to find a topic named " + topic.name() + ".");
      List<ReassignablePartitionResponse> partitions = new ArrayList<>();
      for (ReassignablePartition partition : topic.partitions()) {
        ItemResult result = missing != null ? missing : outcomes.next();
        partitions.add(
            new ReassignablePartitionResponse()
                .partitionIndex(partition.partitionIndex())
                .errorCode(result.error().code())
                .errorMessage(result.message()));
      }
      topics.add(new ReassignableTopicResponse().name(topic.name()).partitions(partitions));
    }
    return new AlterPartitionReassignmentsResponse()
        .allowReplicationFactorChange(request.allowReplicationFactorChange())
        .responses(topics);
  }

  private <T> CompletableFuture<List<ItemResult>> submitted(
      List<T> items, Function<List<T>, Command> toCommand) {
    return items.isEmpty()
        ? CompletableFuture.completedFuture(List.of())
        : log.submitAll(items, toCommand);
  }
}
