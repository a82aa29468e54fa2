package io.ottla.broker.transaction;

import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.LateAnswer;
import io.ottla.broker.api.Request;
import io.ottla.broker.replica.HostedPartitions;
import io.ottla.log.ProducerState;
import io.ottla.replication.Partition;
import io.ottla.replication.PartitionTransactions;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.DescribeProducersRequest;
import io.ottla.wire.message.DescribeProducersResponse;
import io.ottla.wire.message.DescribeProducersResponse.PartitionResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * DescribeProducers, version 0 (KIP-664): the producers that the replicas here know, leading or
 * not, and the transactions they have open.
 */
public final class DescribeProducersHandler implements ApiHandler<DescribeProducersRequest> {

  private static final int ANY_EPOCH = -1;

  private final HostedPartitions partitions;

  public DescribeProducersHandler(HostedPartitions partitions) {
    this.partitions = partitions;
  }

  @Override
  public ApiKey api() {
    return ApiKey.DESCRIBE_PRODUCERS;
  }

  @Override
  public void handle(Request<DescribeProducersRequest> request) {
    request.releaseFrame();
    DescribeProducersResponse response = new DescribeProducersResponse();
    List<CompletableFuture<?>> all = new ArrayList<>();
    for (DescribeProducersRequest.TopicRequest topic : request.body().topics()) {
      DescribeProducersResponse.TopicResponse answer =
          new DescribeProducersResponse.TopicResponse().name(topic.name());
      response.topics().add(answer);
      for (int index : topic.partitionIndexes()) {
        PartitionResponse described = new PartitionResponse().partitionIndex(index);
        answer.partitions().add(described);
        all.add(describe(topic.name(), described));
      }
    }
    LateAnswer.when(
        request, CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)), _ -> response);
  }

  private CompletableFuture<Void> describe(String topic, PartitionResponse described) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    Partition partition = partitions.get(topic, described.partitionIndex());
    if (partition == null) {
      fail(described, partitions.whyMissing(topic, described.partitionIndex()));
      done.complete(null);
      return done;
    }
    partition
        .shard()
        .submit(
            () -> {
              ErrorCode flaw = HostedPartitions.check(partition.role(), ANY_EPOCH, false);
              if (flaw != ErrorCode.NONE) {
                fail(described, flaw);
              } else {
                described.activeProducers(producers(partition));
              }
              done.complete(null);
            });
    return done;
  }

  private static void fail(PartitionResponse described, ErrorCode error) {
    described.errorCode(error.code()).errorMessage(error.message());
  }

  private static List<DescribeProducersResponse.ProducerState> producers(Partition partition) {
    List<DescribeProducersResponse.ProducerState> producers = new ArrayList<>();
    for (ProducerState producer : new PartitionTransactions(partition).producers()) {
      producers.add(
          new DescribeProducersResponse.ProducerState()
              .producerId(producer.producerId())
              .producerEpoch(producer.epoch())
              .lastSequence(producer.lastSequence())
              .lastTimestamp(producer.lastTimestamp())
              .coordinatorEpoch(producer.coordinatorEpoch())
              .currentTxnStartOffset(producer.transactionFirstOffset()));
    }
    return producers;
  }

  @Override
  public ApiMessage failure(DescribeProducersRequest request, short version, ErrorCode error) {
    return new DescribeProducersResponse()
        .topics(
            request.topics().stream()
                .map(
                    topic ->
                        new DescribeProducersResponse.TopicResponse()
                            .name(topic.name())
                            .partitions(
                                topic.partitionIndexes().stream()
                                    .map(
                                        index ->
                                            new PartitionResponse()
                                                .partitionIndex(index)
                                                .errorCode(error.code())
                                                .errorMessage(error.message()))
                                    .toList()))
                .toList());
  }
}
