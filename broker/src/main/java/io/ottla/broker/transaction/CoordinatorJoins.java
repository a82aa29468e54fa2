package io.ottla.broker.transaction;

import io.ottla.broker.peer.BrokerQuestions;
import io.ottla.coordinator.transaction.TransactionCoordinator;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.metadata.image.TopicImage;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.message.AddPartitionsToTxnRequest;
import io.ottla.wire.message.AddPartitionsToTxnResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Asks the coordinator in this broker, or the broker that coordinates, to which a few requests are
 * under way at a time: what comes meanwhile goes into the next. Any thread.
 */
public final class CoordinatorJoins implements TransactionJoins {

  private static final long TIMEOUT_MS = 5_000;

  /**
   * Requests under way to one broker. More than one, as an answer may wait for a transaction that
   * is half finished.
   */
  static final int IN_FLIGHT = 4;

  /** In the version that producers send which know of version 2 of transactions. */
  private static final int ADDED_BY_LEADER = 2;

  private final int nodeId;
  private final Supplier<MetadataImage> image;
  private final TransactionCoordinator coordinator;
  private final BrokerQuestions brokers;
  private final Map<Integer, RemoteCoordinator> remote = new ConcurrentHashMap<>();

  public CoordinatorJoins(
      int nodeId,
      Supplier<MetadataImage> image,
      TransactionCoordinator coordinator,
      BrokerQuestions brokers) {
    this.nodeId = nodeId;
    this.image = image;
    this.coordinator = coordinator;
    this.brokers = brokers;
  }

  @Override
  public CompletableFuture<Map<TopicPartition, ErrorCode>> ask(
      Ask ask,
      String transactionalId,
      long producerId,
      short producerEpoch,
      Set<TopicPartition> partitions) {
    Question question =
        new Question(
            ask, transactionalId, producerId, producerEpoch, partitions, new CompletableFuture<>());
    int leader = leader(transactionalId);
    if (leader == nodeId) {
      askHere(question);
    } else if (leader < 0) {
      question.fail(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    } else {
      remote.computeIfAbsent(leader, RemoteCoordinator::new).ask(question);
    }
    return question.answer;
  }

  private int leader(String transactionalId) {
    TopicImage topic = image.get().topic(TransactionCoordinator.TOPIC);
    PartitionImage partition =
        topic == null ? null : topic.partition(coordinator.partitionFor(transactionalId));
    return partition == null ? -1 : partition.leader();
  }

  private void askHere(Question question) {
    boolean isTaken =
        switch (question.ask) {
          case ADD ->
              coordinator.addPartitions(
                  question.transactionalId,
                  question.producerId,
                  question.producerEpoch,
                  question.partitions,
                  ADDED_BY_LEADER,
                  question::fail);
          case VERIFY ->
              coordinator.verifyPartitions(
                  question.transactionalId,
                  question.producerId,
                  question.producerEpoch,
                  question.partitions,
                  question.answer::complete);
        };
    if (!isTaken) {
      question.fail(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    }
  }

  private record Question(
      Ask ask,
      String transactionalId,
      long producerId,
      short producerEpoch,
      Set<TopicPartition> partitions,
      CompletableFuture<Map<TopicPartition, ErrorCode>> answer) {

    /** Answers the same for all partitions. */
    void fail(ErrorCode error) {
      answer.complete(
          partitions.stream().collect(Collectors.toMap(Function.identity(), _ -> error)));
    }

    AddPartitionsToTxnRequest.AddPartitionsToTxnTransaction toRequest() {
      Map<String, AddPartitionsToTxnRequest.AddPartitionsToTxnTopic> topics = new HashMap<>();
      for (TopicPartition partition : partitions) {
        topics
            .computeIfAbsent(
                partition.topic(),
                topic -> new AddPartitionsToTxnRequest.AddPartitionsToTxnTopic().name(topic))
            .partitions()
            .add(partition.partition());
      }
      return new AddPartitionsToTxnRequest.AddPartitionsToTxnTransaction()
          .transactionalId(transactionalId)
          .producerId(producerId)
          .producerEpoch(producerEpoch)
          .verifyOnly(ask == Ask.VERIFY)
          .topics(List.copyOf(topics.values()));
    }

    void take(AddPartitionsToTxnResponse.AddPartitionsToTxnResult result) {
      Map<TopicPartition, ErrorCode> errors = new HashMap<>();
      for (AddPartitionsToTxnResponse.AddPartitionsToTxnTopicResult topic : result.topicResults()) {
        for (AddPartitionsToTxnResponse.AddPartitionsToTxnPartitionResult partition :
            topic.resultsByPartition()) {
          errors.put(
              new TopicPartition(topic.name(), partition.partitionIndex()),
              ErrorCode.forCode(partition.partitionErrorCode()));
        }
      }
      if (errors.keySet().containsAll(partitions)) {
        answer.complete(errors);
      } else {
        fail(ErrorCode.UNKNOWN_SERVER_ERROR);
      }
    }
  }

  /** Another broker that coordinates. Each transactional id is at most once in a request. */
  private final class RemoteCoordinator {

    private final int brokerId;
    private final List<Question> waiting = new ArrayList<>();
    private int underWay;

    RemoteCoordinator(int brokerId) {
      this.brokerId = brokerId;
    }

    void ask(Question question) {
      synchronized (this) {
        waiting.add(question);
      }
      sendNext();
    }

    private void sendNext() {
      Map<String, Question> sent = take();
      if (sent.isEmpty()) {
        return;
      }
      AddPartitionsToTxnRequest request = new AddPartitionsToTxnRequest();
      sent.values().forEach(question -> request.transactions().add(question.toRequest()));
      var _ =
          brokers
              .send(brokerId, ApiKey.ADD_PARTITIONS_TO_TXN, request, TIMEOUT_MS)
              .whenComplete(
                  (answer, failure) -> {
                    onAnswer(sent, answer, failure);
                    synchronized (this) {
                      underWay--;
                    }
                    sendNext();
                  });
    }

    private synchronized Map<String, Question> take() {
      Map<String, Question> taken = new HashMap<>();
      if (underWay < IN_FLIGHT) {
        waiting.removeIf(question -> taken.putIfAbsent(question.transactionalId, question) == null);
        underWay += taken.isEmpty() ? 0 : 1;
      }
      return taken;
    }

    private void onAnswer(Map<String, Question> sent, ApiMessage answer, Throwable failure) {
      if (failure == null) {
        AddPartitionsToTxnResponse response = (AddPartitionsToTxnResponse) answer;
        ErrorCode error = ErrorCode.forCode(response.errorCode());
        if (error != ErrorCode.NONE) {
          sent.values().forEach(question -> question.fail(error));
        }
        response
            .resultsByTransaction()
            .forEach(
                result -> {
                  Question question = sent.get(result.transactionalId());
                  if (question != null) {
                    question.take(result);
                  }
                });
      }
      // Those without an answer: the coordinator was not reached, or has moved.
      sent.values().forEach(question -> question.fail(ErrorCode.NETWORK_EXCEPTION));
    }
  }
}
