package io.ottla.broker.admin;

import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.Request;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.metadata.image.TopicImage;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.ListPartitionReassignmentsRequest;
import io.ottla.wire.message.ListPartitionReassignmentsResponse;
import java.util.Collection;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * ListPartitionReassignments, version 0: which partitions are being moved, and from where to where
 * (KIP-455). What does not exist, or does not move, is left out. Stock tools ask when they describe
 * topics.
 */
public final class ListPartitionReassignmentsHandler
    implements ApiHandler<ListPartitionReassignmentsRequest> {

  private final Supplier<MetadataImage> image;

  public ListPartitionReassignmentsHandler(Supplier<MetadataImage> image) {
    this.image = image;
  }

  @Override
  public ApiKey api() {
    return ApiKey.LIST_PARTITION_REASSIGNMENTS;
  }

  @Override
  public void handle(Request<ListPartitionReassignmentsRequest> request) {
    MetadataImage current = image.get();
    ListPartitionReassignmentsResponse response =
        new ListPartitionReassignmentsResponse().errorMessage(null);
    if (request.body().topics() == null) {
      for (TopicImage topic : current.topics()) {
        add(response, topic, IntStream.range(0, topic.partitionCount()).boxed().toList());
      }
    } else {
      request
          .body()
          .topics()
          .forEach(
              wanted -> {
                TopicImage topic = current.topic(wanted.name());
                if (topic != null) {
                  add(response, topic, wanted.partitionIndexes());
                }
              });
    }
    request.respond(response);
  }

  private static void add(
      ListPartitionReassignmentsResponse response,
      TopicImage topic,
      Collection<Integer> partitions) {
    var moving =
        new ListPartitionReassignmentsResponse.OngoingTopicReassignment().name(topic.name());
    for (int number : partitions) {
      PartitionImage partition = topic.partition(number);
      if (partition != null && partition.isReassigning()) {
        moving
            .partitions()
            .add(
                new ListPartitionReassignmentsResponse.OngoingPartitionReassignment()
                    .partitionIndex(number)
                    .replicas(partition.replicas().asList())
                    .addingReplicas(partition.addingReplicas().asList())
                    .removingReplicas(partition.removingReplicas().asList()));
      }
    }
    if (!moving.partitions().isEmpty()) {
      response.topics().add(moving);
    }
  }

  @Override
  public ApiMessage failure(
      ListPartitionReassignmentsRequest request, short version, ErrorCode error) {
    return new ListPartitionReassignmentsResponse()
        .errorCode(error.code())
        .errorMessage(error.message());
  }
}
