package io.ottla.broker.admin;

import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.AuthorizedOperations;
import io.ottla.broker.api.Request;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.metadata.image.TopicImage;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.DescribeTopicPartitionsRequest;
import io.ottla.wire.message.DescribeTopicPartitionsResponse;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Supplier;

/**
 * DescribeTopicPartitions, version 0: topics in order of their names, with eligible leaders, a page
 * at a time (KIP-966). No topics means all. The cursor of an answer is where the next request goes
 * on; it must be among the topics asked for.
 */
public final class DescribeTopicPartitionsHandler
    implements ApiHandler<DescribeTopicPartitionsRequest> {

  private final Supplier<MetadataImage> image;
  private final int maxPartitions;

  /**
   * @param maxPartitions {@code max.request.partition.size.limit}, whatever a client asks for
   */
  public DescribeTopicPartitionsHandler(Supplier<MetadataImage> image, int maxPartitions) {
    this.image = image;
    this.maxPartitions = maxPartitions;
  }

  @Override
  public ApiKey api() {
    return ApiKey.DESCRIBE_TOPIC_PARTITIONS;
  }

  @Override
  public void handle(Request<DescribeTopicPartitionsRequest> request) {
    DescribeTopicPartitionsRequest body = request.body();
    ClusterView view = new ClusterView(image.get(), request.connection().listener());
    DescribeTopicPartitionsRequest.Cursor cursor = body.cursor();
    boolean all = body.topics().isEmpty();
    SortedSet<String> names = new TreeSet<>();
    if (all) {
      view.image().topics().forEach(topic -> names.add(topic.name()));
    } else {
      body.topics().forEach(topic -> names.add(topic.name()));
    }
    boolean cursorIsLost = cursor != null && !all && !names.contains(cursor.topicName());
    if (cursorIsLost || (cursor != null && cursor.partitionIndex() < 0)) {
      request.fail(ErrorCode.INVALID_REQUEST);
      return;
    }
    request.respond(page(view, names, cursor, body.responsePartitionLimit(), !all));
  }

  private DescribeTopicPartitionsResponse page(
      ClusterView view,
      SortedSet<String> names,
      DescribeTopicPartitionsRequest.Cursor cursor,
      int wantedPartitions,
      boolean showsMissing) {
    DescribeTopicPartitionsResponse response = new DescribeTopicPartitionsResponse();
    int left = Math.max(1, Math.min(maxPartitions, wantedPartitions));
    SortedSet<String> rest = cursor == null ? names : names.tailSet(cursor.topicName());
    Iterator<String> next = rest.iterator();
    while (next.hasNext() && response.nextCursor() == null) {
      String name = next.next();
      TopicImage topic = view.image().topic(name);
      if (left == 0) {
        response.nextCursor(cursor(name, 0));
      } else if (topic != null) {
        boolean isCursors = cursor != null && name.equals(cursor.topicName());
        int first = isCursors ? cursor.partitionIndex() : 0;
        int end = (int) Math.min(topic.partitionCount(), (long) first + left);
        response.topics().add(topic(view, topic, first, end));
        left -= Math.max(0, end - first);
        if (end < topic.partitionCount()) {
          response.nextCursor(cursor(name, end));
        }
      } else if (showsMissing) {
        response.topics().add(missing(name, ClusterView.whyMissing(name)));
      }
    }
    return response;
  }

  private static DescribeTopicPartitionsResponse.Cursor cursor(String topic, int partition) {
    return new DescribeTopicPartitionsResponse.Cursor().topicName(topic).partitionIndex(partition);
  }

  private static DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic missing(
      String name, ErrorCode error) {
    return new DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic()
        .errorCode(error.code())
        .name(name)
        .isInternal(ClusterView.isInternal(name))
        .topicAuthorizedOperations(AuthorizedOperations.ALL_OF_A_TOPIC);
  }

  private static DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic topic(
      ClusterView view, TopicImage topic, int first, int end) {
    var answer =
        new DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic()
            .name(topic.name())
            .topicId(topic.id())
            .isInternal(ClusterView.isInternal(topic.name()))
            .topicAuthorizedOperations(AuthorizedOperations.ALL_OF_A_TOPIC);
    for (int i = first; i < end; i++) {
      PartitionImage partition = topic.partition(i);
      answer
          .partitions()
          .add(
              new DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponsePartition()
                  .partitionIndex(i)
                  .leaderId(view.leader(partition))
                  .leaderEpoch(partition.leaderEpoch())
                  .replicaNodes(partition.replicas().asList())
                  .isrNodes(partition.isr().asList())
                  .eligibleLeaderReplicas(partition.elr().asList())
                  .lastKnownElr(partition.lastKnownElr().asList())
                  .offlineReplicas(view.offline(partition)));
    }
    return answer;
  }

  @Override
  public ApiMessage failure(
      DescribeTopicPartitionsRequest request, short version, ErrorCode error) {
    DescribeTopicPartitionsResponse response = new DescribeTopicPartitionsResponse();
    response.topics(
        new ArrayList<>(
            request.topics().stream()
                .map(
                    topic ->
                        new DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic()
                            .name(topic.name())
                            .errorCode(error.code()))
                .toList()));
    return response;
  }
}
