package io.ottla.broker.transaction;

import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.Request;
import io.ottla.coordinator.transaction.TransactionCoordinator;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.TopicImage;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.message.AddPartitionsToTxnRequest;
import io.ottla.wire.message.AddPartitionsToTxnRequest.AddPartitionsToTxnTopic;
import io.ottla.wire.message.AddPartitionsToTxnRequest.AddPartitionsToTxnTransaction;
import io.ottla.wire.message.AddPartitionsToTxnResponse;
import io.ottla.wire.message.AddPartitionsToTxnResponse.AddPartitionsToTxnPartitionResult;
import io.ottla.wire.message.AddPartitionsToTxnResponse.AddPartitionsToTxnResult;
import io.ottla.wire.message.AddPartitionsToTxnResponse.AddPartitionsToTxnTopicResult;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * AddPartitionsToTxn, versions 0 to 5: makes partitions part of a transaction. Up to version 3 a
 * producer asks for its own; from version 4 on brokers ask, for several at once, or only whether
 * the partitions are in (KIP-890).
 */
public final class AddPartitionsToTxnHandler implements ApiHandler<AddPartitionsToTxnRequest> {

  /** From here on brokers ask, of producers whose transactions have epochs of their own. */
  private static final short FIRST_OF_BROKERS = 4;

  /** Since then PRODUCER_FENCED is known; before, producers took it for a fatal error. */
  private static final short FIRST_WITH_FENCED = 2;

  private final TransactionCoordinator coordinator;
  private final Supplier<MetadataImage> image;

  public AddPartitionsToTxnHandler(
      TransactionCoordinator coordinator, Supplier<MetadataImage> image) {
    this.coordinator = coordinator;
    this.image = image;
  }

  @Override
  public ApiKey api() {
    return ApiKey.ADD_PARTITIONS_TO_TXN;
  }

  @Override
  public void handle(Request<AddPartitionsToTxnRequest> request) {
    request.releaseFrame();
    List<AddPartitionsToTxnTransaction> transactions =
        transactions(request.body(), request.version());
    if (transactions.isEmpty()) {
      request.respond(new AddPartitionsToTxnResponse());
      return;
    }
    Answers answers = new Answers(request, transactions.size());
    for (int i = 0; i < transactions.size(); i++) {
      ask(request, transactions.get(i), answers, i);
    }
  }

  private static List<AddPartitionsToTxnTransaction> transactions(
      AddPartitionsToTxnRequest request, short version) {
    return version >= FIRST_OF_BROKERS
        ? request.transactions()
        : List.of(
            new AddPartitionsToTxnTransaction()
                .transactionalId(request.v3AndBelowTransactionalId())
                .producerId(request.v3AndBelowProducerId())
                .producerEpoch(request.v3AndBelowProducerEpoch())
                .topics(request.v3AndBelowTopics()));
  }

  private void ask(
      Request<AddPartitionsToTxnRequest> request,
      AddPartitionsToTxnTransaction transaction,
      Answers answers,
      int index) {
    Set<TopicPartition> partitions = new LinkedHashSet<>();
    boolean areAllThere = true;
    for (AddPartitionsToTxnTopic topic : transaction.topics()) {
      for (int partition : topic.partitions()) {
        partitions.add(new TopicPartition(topic.name(), partition));
        areAllThere &= exists(topic.name(), partition);
      }
    }
    if (!areAllThere) {
      answers.take(index, result(transaction, this::withoutMissing));
      return;
    }
    boolean isOfBroker = request.version() >= FIRST_OF_BROKERS;
    request
        .connection()
        .handOver(
            () ->
                transaction.verifyOnly()
                    ? coordinator.verifyPartitions(
                        transaction.transactionalId(),
                        transaction.producerId(),
                        transaction.producerEpoch(),
                        partitions,
                        errors -> answers.take(index, result(transaction, errors::get)))
                    : coordinator.addPartitions(
                        transaction.transactionalId(),
                        transaction.producerId(),
                        transaction.producerEpoch(),
                        partitions,
                        isOfBroker ? 2 : 0,
                        error ->
                            answers.take(
                                index, result(transaction, _ -> told(error, request.version())))));
  }

  /** If one partition is missing, none is added. */
  private ErrorCode withoutMissing(TopicPartition partition) {
    return exists(partition.topic(), partition.partition())
        ? ErrorCode.OPERATION_NOT_ATTEMPTED
        : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  }

  private boolean exists(String name, int partition) {
    TopicImage topic = image.get().topic(name);
    return topic != null && partition >= 0 && partition < topic.partitionCount();
  }

  private static ErrorCode told(ErrorCode error, short version) {
    return version < FIRST_WITH_FENCED && error == ErrorCode.PRODUCER_FENCED
        ? ErrorCode.INVALID_PRODUCER_EPOCH
        : error;
  }

  private static AddPartitionsToTxnResult result(
      AddPartitionsToTxnTransaction transaction, Function<TopicPartition, ErrorCode> errors) {
    Map<String, AddPartitionsToTxnTopicResult> topics = new HashMap<>();
    for (AddPartitionsToTxnTopic topic : transaction.topics()) {
      AddPartitionsToTxnTopicResult result =
          topics.computeIfAbsent(
              topic.name(), name -> new AddPartitionsToTxnTopicResult().name(name));
      for (int partition : topic.partitions()) {
        ErrorCode error = errors.apply(new TopicPartition(topic.name(), partition));
        result
            .resultsByPartition()
            .add(
                new AddPartitionsToTxnPartitionResult()
                    .partitionIndex(partition)
                    .partitionErrorCode(error.code()));
      }
    }
    return new AddPartitionsToTxnResult()
        .transactionalId(transaction.transactionalId())
        .topicResults(new ArrayList<>(topics.values()));
  }

  /** The answers for the transactions of one request; the last one to come sends them. */
  private static final class Answers {

    private final Request<AddPartitionsToTxnRequest> request;
    private final AddPartitionsToTxnResult[] results;
    private final AtomicInteger missing;

    Answers(Request<AddPartitionsToTxnRequest> request, int count) {
      this.request = request;
      this.results = new AddPartitionsToTxnResult[count];
      this.missing = new AtomicInteger(count);
    }

    void take(int index, AddPartitionsToTxnResult result) {
      results[index] = result;
      if (missing.decrementAndGet() > 0) {
        return;
      }
      request.respond(
          request.version() >= FIRST_OF_BROKERS
              ? new AddPartitionsToTxnResponse().resultsByTransaction(List.of(results))
              : new AddPartitionsToTxnResponse()
                  .resultsByTopicV3AndBelow(results[0].topicResults()));
    }
  }

  @Override
  public ApiMessage failure(AddPartitionsToTxnRequest request, short version, ErrorCode error) {
    if (version >= FIRST_OF_BROKERS) {
      return new AddPartitionsToTxnResponse().errorCode(error.code());
    }
    return new AddPartitionsToTxnResponse()
        .resultsByTopicV3AndBelow(
            result(transactions(request, version).get(0), _ -> error).topicResults());
  }
}
