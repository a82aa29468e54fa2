package io.ottla.simulation.client;

import io.ottla.simulation.client.Coordinators.Kind;
import io.ottla.simulation.client.Coordinators.Verdict;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.OffsetCommitRequest;
import io.ottla.wire.message.OffsetCommitResponse;
import io.ottla.wire.message.OffsetFetchRequest;
import io.ottla.wire.message.OffsetFetchResponse;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Asks a group's coordinator for positions, and has it commit them. */
public final class GroupOffsets {

  /** The version in which topics have names, and the one in which they have ids. */
  private static final int BY_NAME = 9;

  private static final int BY_ID = 10;

  private final ClientNetwork network;
  private final ClientMetadata metadata;
  private final Coordinators coordinators;
  private final String group;
  private final int version;

  /**
   * Of one group.
   *
   * @param isById whether requests name topics by id, as members of the new protocol do
   */
  public GroupOffsets(
      ClientNetwork network,
      ClientMetadata metadata,
      Coordinators coordinators,
      String group,
      boolean isById) {
    this.network = network;
    this.metadata = metadata;
    this.coordinators = coordinators;
    this.group = group;
    this.version = isById ? BY_ID : BY_NAME;
  }

  // ---- Fetch

  /**
   * Asks for positions, those of open transactions excepted: for them it waits.
   *
   * @param member who asks, or null if it is no member
   * @param epoch the member's, or -1
   * @param found the positions that there are
   * @param refused what the coordinator has against the member
   */
  public void fetch(
      String member,
      int epoch,
      Collection<TopicPartition> partitions,
      Consumer<Map<TopicPartition, Long>> found,
      Consumer<ErrorCode> refused) {
    coordinators.ask(
        Kind.GROUP,
        group,
        ApiKey.OFFSET_FETCH,
        version,
        () -> fetchRequest(member, epoch, partitions),
        answer -> onFetched(answer, partitions, found, refused));
  }

  private OffsetFetchRequest fetchRequest(
      String member, int epoch, Collection<TopicPartition> partitions) {
    Map<String, OffsetFetchRequest.OffsetFetchRequestTopics> topics = new TreeMap<>();
    for (TopicPartition each : partitions) {
      topics
          .computeIfAbsent(
              each.topic(),
              name ->
                  version == BY_ID
                      ? new OffsetFetchRequest.OffsetFetchRequestTopics()
                          .topicId(metadata.topicId(name))
                      : new OffsetFetchRequest.OffsetFetchRequestTopics().name(name))
          .partitionIndexes()
          .add(each.partition());
    }
    OffsetFetchRequest request = new OffsetFetchRequest().requireStable(true);
    request
        .groups()
        .add(
            new OffsetFetchRequest.OffsetFetchRequestGroup()
                .groupId(group)
                .memberId(member)
                .memberEpoch(epoch)
                .topics(List.copyOf(topics.values())));
    return request;
  }

  private Verdict onFetched(
      ApiMessage answer,
      Collection<TopicPartition> partitions,
      Consumer<Map<TopicPartition, Long>> found,
      Consumer<ErrorCode> refused) {
    OffsetFetchResponse.OffsetFetchResponseGroup told =
        ((OffsetFetchResponse) answer).groups().getFirst();
    ErrorCode error = ErrorCode.forCode(told.errorCode());
    Map<TopicPartition, Long> positions = new TreeMap<>();
    for (OffsetFetchResponse.OffsetFetchResponseTopics topic : told.topics()) {
      String name = version == BY_ID ? name(topic.topicId(), partitions) : topic.name();
      for (OffsetFetchResponse.OffsetFetchResponsePartitions each : topic.partitions()) {
        if (error == ErrorCode.NONE) {
          error = ErrorCode.forCode(each.errorCode());
        }
        if (each.committedOffset() >= 0) {
          positions.put(new TopicPartition(name, each.partitionIndex()), each.committedOffset());
        }
      }
    }
    if (error == ErrorCode.NONE) {
      found.accept(positions);
      return Verdict.DONE;
    }
    network.note("asks for positions of " + group + ": " + error);
    if (Coordinators.isMoved(error)) {
      return Verdict.MOVED;
    }
    if (error.isRetriable()) {
      return Verdict.AGAIN;
    }
    refused.accept(error);
    return Verdict.DONE;
  }

  private String name(Uuid id, Collection<TopicPartition> partitions) {
    return partitions.stream()
        .map(TopicPartition::topic)
        .filter(name -> id.equals(metadata.topicId(name)))
        .findFirst()
        .orElseThrow();
  }

  // ---- Commit

  /**
   * Commits positions, once.
   *
   * @param ended NONE if they are committed, NETWORK_EXCEPTION if nobody knows
   */
  public void commit(GroupPositions positions, Consumer<ErrorCode> ended) {
    coordinators.askOnce(
        Kind.GROUP,
        group,
        ApiKey.OFFSET_COMMIT,
        version,
        () -> commitRequest(positions),
        network.times().requestMs(),
        answer -> {
          ErrorCode error = errorOf((OffsetCommitResponse) answer);
          if (error.isError()) {
            network.note("commits positions of " + group + ": " + error);
          }
          if (Coordinators.isMoved(error)) {
            coordinators.forget(Kind.GROUP, group);
          }
          ended.accept(error);
        },
        () -> ended.accept(ErrorCode.NETWORK_EXCEPTION));
  }

  private OffsetCommitRequest commitRequest(GroupPositions positions) {
    Map<String, OffsetCommitRequest.OffsetCommitRequestTopic> topics = new HashMap<>();
    OffsetCommitRequest request =
        new OffsetCommitRequest()
            .groupId(group)
            .memberId(positions.member())
            .generationIdOrMemberEpoch(positions.generation());
    positions
        .positions()
        .forEach(
            (partition, offset) -> {
              OffsetCommitRequest.OffsetCommitRequestTopic topic = topics.get(partition.topic());
              if (topic == null) {
                topic = new OffsetCommitRequest.OffsetCommitRequestTopic();
                if (version == BY_ID) {
                  topic.topicId(metadata.topicId(partition.topic()));
                } else {
                  topic.name(partition.topic());
                }
                topics.put(partition.topic(), topic);
                request.topics().add(topic);
              }
              topic
                  .partitions()
                  .add(
                      new OffsetCommitRequest.OffsetCommitRequestPartition()
                          .partitionIndex(partition.partition())
                          .committedOffset(offset)
                          .committedMetadata(""));
            });
    return request;
  }

  private static ErrorCode errorOf(OffsetCommitResponse answer) {
    return answer.topics().stream()
        .flatMap(topic -> topic.partitions().stream())
        .map(each -> ErrorCode.forCode(each.errorCode()))
        .filter(ErrorCode::isError)
        .findFirst()
        .orElse(ErrorCode.NONE);
  }
}
