package io.ottla.simulation.client;

import io.ottla.simulation.ClientLink;
import io.ottla.simulation.ClientLinks;
import io.ottla.simulation.Timeline;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.BufferRecords;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.CreateTopicsRequest;
import io.ottla.wire.message.CreateTopicsResponse;
import io.ottla.wire.message.FetchRequest;
import io.ottla.wire.message.FetchResponse;
import io.ottla.wire.message.InitProducerIdResponse;
import io.ottla.wire.message.ListOffsetsRequest;
import io.ottla.wire.message.ListOffsetsResponse;
import io.ottla.wire.message.MetadataRequest;
import io.ottla.wire.message.MetadataResponse;
import io.ottla.wire.message.OffsetForLeaderEpochRequest;
import io.ottla.wire.message.OffsetForLeaderEpochResponse;
import io.ottla.wire.message.ProduceRequest;
import io.ottla.wire.message.ProduceResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/**
 * A few brokers over one set of logs that never fail, to try clients on: only leaders move, and
 * connections break before or after a request is served.
 */
public final class SmallCluster implements ClientLinks {

  private final Timeline timeline;
  private final List<Integer> brokers;
  private final double broken;
  private final boolean isForgetful;
  private final Map<String, List<SmallLog>> topics = new TreeMap<>();
  private long producerIds;

  /**
   * Brokers without topics.
   *
   * @param broken the chance that a request breaks its connection
   * @param isForgetful whether retries are written again
   */
  public SmallCluster(
      Timeline timeline, List<Integer> brokers, double broken, boolean isForgetful) {
    this.timeline = timeline;
    this.brokers = brokers;
    this.broken = broken;
    this.isForgetful = isForgetful;
  }

  /** Another broker leads a partition of each topic. */
  public void moveLeaders() {
    for (List<SmallLog> logs : topics.values()) {
      logs.get(timeline.random().nextInt(logs.size())).lead(anyBroker());
    }
  }

  private int anyBroker() {
    return brokers.get(timeline.random().nextInt(brokers.size()));
  }

  @Override
  public ClientLink connect(String client, int brokerId) {
    return new Link(brokerId);
  }

  private final class Link implements ClientLink {
    private final int broker;
    private final List<CompletableFuture<ApiMessage>> underWay = new ArrayList<>();
    private boolean isOpen = true;
    private long servedNs;
    private long answeredNs;

    private Link(int broker) {
      this.broker = broker;
    }

    @Override
    public CompletableFuture<ApiMessage> send(ApiKey api, short version, ApiMessage request) {
      CompletableFuture<ApiMessage> answer = new CompletableFuture<>();
      underWay.add(answer);
      boolean breaksBefore = timeline.random().nextDouble() < broken;
      boolean breaksAfter = timeline.random().nextDouble() < broken;
      servedNs = Math.max(servedNs, timeline.nowNs() + delayNs());
      timeline.afterNs(
          servedNs - timeline.nowNs(),
          "serves " + api,
          () -> {
            if (breaksBefore) {
              close();
              return;
            }
            ApiMessage served = serve(broker, api, request);
            answeredNs = Math.max(answeredNs, timeline.nowNs() + delayNs());
            timeline.afterNs(
                answeredNs - timeline.nowNs(),
                "answers " + api,
                () -> {
                  if (breaksAfter) {
                    close();
                  } else if (isOpen) {
                    underWay.remove(answer);
                    answer.complete(served);
                  }
                });
          });
      return answer;
    }

    private long delayNs() {
      return 200_000 + timeline.random().nextInt(3_000_000);
    }

    @Override
    public boolean isOpen() {
      return isOpen;
    }

    @Override
    public void close() {
      if (isOpen) {
        isOpen = false;
        underWay.forEach(answer -> answer.completeExceptionally(new Lost("cut")));
        underWay.clear();
      }
    }
  }

  private ApiMessage serve(int broker, ApiKey api, ApiMessage request) {
    return switch (request) {
      case MetadataRequest metadata -> metadata(metadata);
      case ProduceRequest produce -> produce(broker, produce);
      case FetchRequest fetch -> fetch(broker, fetch);
      case ListOffsetsRequest offsets -> offsets(broker, offsets);
      case OffsetForLeaderEpochRequest epochs -> epochs(broker, epochs);
      case CreateTopicsRequest create -> create(create);
      default -> {
        if (api != ApiKey.INIT_PRODUCER_ID) {
          throw new IllegalArgumentException("not served here: " + api);
        }
        yield new InitProducerIdResponse().producerId(++producerIds).producerEpoch((short) 0);
      }
    };
  }

  private static Uuid id(String topic) {
    return new Uuid(7, topic.hashCode());
  }

  private String topic(Uuid id) {
    return topics.keySet().stream().filter(name -> id(name).equals(id)).findFirst().orElseThrow();
  }

  private ApiMessage create(CreateTopicsRequest request) {
    CreateTopicsRequest.CreatableTopic topic = request.topics().getFirst();
    topics.computeIfAbsent(
        topic.name(),
        name -> {
          List<SmallLog> logs = new ArrayList<>();
          for (int i = 0; i < topic.numPartitions(); i++) {
            logs.add(new SmallLog(anyBroker(), isForgetful));
          }
          return logs;
        });
    CreateTopicsResponse response = new CreateTopicsResponse();
    response.topics().add(new CreateTopicsResponse.CreatableTopicResult().name(topic.name()));
    return response;
  }

  private ApiMessage metadata(MetadataRequest request) {
    MetadataResponse response = new MetadataResponse();
    for (MetadataRequest.MetadataRequestTopic asked : request.topics()) {
      MetadataResponse.MetadataResponseTopic topic =
          new MetadataResponse.MetadataResponseTopic().name(asked.name()).topicId(id(asked.name()));
      List<SmallLog> logs = topics.get(asked.name());
      if (logs == null) {
        topic.errorCode(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());
      } else {
        for (int i = 0; i < logs.size(); i++) {
          topic
              .partitions()
              .add(
                  new MetadataResponse.MetadataResponsePartition()
                      .partitionIndex(i)
                      .leaderId(logs.get(i).leader())
                      .leaderEpoch(logs.get(i).epoch()));
        }
      }
      response.topics().add(topic);
    }
    return response;
  }

  private ApiMessage produce(int broker, ProduceRequest request) {
    ProduceResponse response = new ProduceResponse();
    for (ProduceRequest.TopicProduceData topic : request.topicData()) {
      ProduceResponse.TopicProduceResponse answers =
          new ProduceResponse.TopicProduceResponse().topicId(topic.topicId());
      for (ProduceRequest.PartitionProduceData data : topic.partitionData()) {
        SmallLog log = topics.get(topic(topic.topicId())).get(data.index());
        SmallLog.Appended appended =
            log.leader() == broker
                ? log.append((BufferRecords) data.records())
                : new SmallLog.Appended(ErrorCode.NOT_LEADER_OR_FOLLOWER, -1);
        answers
            .partitionResponses()
            .add(
                new ProduceResponse.PartitionProduceResponse()
                    .index(data.index())
                    .errorCode(appended.error().code())
                    .baseOffset(appended.offset())
                    .logStartOffset(0));
      }
      response.responses().add(answers);
    }
    return response;
  }

  private static ErrorCode check(SmallLog log, int broker, int epoch) {
    if (log.leader() != broker) {
      return ErrorCode.NOT_LEADER_OR_FOLLOWER;
    }
    if (epoch != log.epoch()) {
      return epoch < log.epoch() ? ErrorCode.FENCED_LEADER_EPOCH : ErrorCode.UNKNOWN_LEADER_EPOCH;
    }
    return ErrorCode.NONE;
  }

  private ApiMessage fetch(int broker, FetchRequest request) {
    FetchResponse response = new FetchResponse();
    for (FetchRequest.FetchTopic topic : request.topics()) {
      FetchResponse.FetchableTopicResponse answers =
          new FetchResponse.FetchableTopicResponse().topicId(topic.topicId());
      for (FetchRequest.FetchPartition each : topic.partitions()) {
        SmallLog log = topics.get(topic(topic.topicId())).get(each.partition());
        ErrorCode error = check(log, broker, each.currentLeaderEpoch());
        answers
            .partitions()
            .add(
                new FetchResponse.PartitionData()
                    .partitionIndex(each.partition())
                    .errorCode(error.code())
                    .highWatermark(log.end())
                    .records(error == ErrorCode.NONE ? log.read(each.fetchOffset()) : null));
      }
      response.responses().add(answers);
    }
    return response;
  }

  private ApiMessage offsets(int broker, ListOffsetsRequest request) {
    ListOffsetsRequest.ListOffsetsTopic topic = request.topics().getFirst();
    ListOffsetsRequest.ListOffsetsPartition each = topic.partitions().getFirst();
    SmallLog log = topics.get(topic.name()).get(each.partitionIndex());
    ListOffsetsResponse.ListOffsetsTopicResponse answers =
        new ListOffsetsResponse.ListOffsetsTopicResponse().name(topic.name());
    answers
        .partitions()
        .add(
            new ListOffsetsResponse.ListOffsetsPartitionResponse()
                .partitionIndex(each.partitionIndex())
                .errorCode(check(log, broker, each.currentLeaderEpoch()).code())
                .offset(each.timestamp() == OffsetLookup.EARLIEST ? 0 : log.end()));
    ListOffsetsResponse response = new ListOffsetsResponse();
    response.topics().add(answers);
    return response;
  }

  private ApiMessage epochs(int broker, OffsetForLeaderEpochRequest request) {
    OffsetForLeaderEpochRequest.OffsetForLeaderTopic topic = request.topics().getFirst();
    OffsetForLeaderEpochRequest.OffsetForLeaderPartition each = topic.partitions().getFirst();
    SmallLog log = topics.get(topic.topic()).get(each.partition());
    OffsetForLeaderEpochResponse.OffsetForLeaderTopicResult answers =
        new OffsetForLeaderEpochResponse.OffsetForLeaderTopicResult().topic(topic.topic());
    answers
        .partitions()
        .add(
            new OffsetForLeaderEpochResponse.EpochEndOffset()
                .partition(each.partition())
                .errorCode(check(log, broker, each.currentLeaderEpoch()).code())
                .leaderEpoch(each.leaderEpoch())
                .endOffset(log.endOf(each.leaderEpoch())));
    OffsetForLeaderEpochResponse response = new OffsetForLeaderEpochResponse();
    response.topics().add(answers);
    return response;
  }
}
