package io.ottla.broker.produce;

import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.Request;
import io.ottla.broker.replica.HostedPartitions;
import io.ottla.broker.transaction.TransactionJoins;
import io.ottla.runtime.Clock;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.ProduceRequest;
import io.ottla.wire.message.ProduceResponse;
import java.util.concurrent.Executor;

/**
 * Produce, versions 3 to 13.
 *
 * <ul>
 *   <li>Batches are checked here, on the event loop: CRC, counts, offsets, timestamps, keys. What
 *       must be decompressed for that, or recompressed for its topic, is checked by a worker; later
 *       requests of the connection wait for it, so that appends keep their order.
 *   <li>Before the first batch of a transaction the transaction's coordinator is asked (KIP-890);
 *       later requests of the connection wait for that too.
 *   <li>One task per shard appends; acks=all is answered when the high watermark has passed.
 *   <li>acks=0 gets no answer; if such an append fails, the connection is closed to say so.
 *   <li>v8: which records are to blame (KIP-467). v10: who leads instead (KIP-951). v13: topic ids
 *       (KIP-516).
 * </ul>
 */
public final class ProduceHandler implements ApiHandler<ProduceRequest> {

  static final short ACKS_ALL = -1;
  static final short ACKS_NONE = 0;
  static final short ACKS_LEADER = 1;

  static final short FIRST_WITH_HINTS = 10;
  static final short FIRST_WITH_TOPIC_IDS = 13;

  private final HostedPartitions partitions;
  private final TransactionJoins transactions;
  private final Executor workers;
  private final Clock clock;

  /**
   * @param transactions ask before the first batch of a transaction is appended
   * @param workers decompress what must be looked into
   */
  public ProduceHandler(
      HostedPartitions partitions, TransactionJoins transactions, Executor workers, Clock clock) {
    this.partitions = partitions;
    this.transactions = transactions;
    this.workers = workers;
    this.clock = clock;
  }

  @Override
  public ApiKey api() {
    return ApiKey.PRODUCE;
  }

  @Override
  public void handle(Request<ProduceRequest> request) {
    short acks = request.body().acks();
    if (acks != ACKS_ALL && acks != ACKS_NONE && acks != ACKS_LEADER) {
      request.fail(ErrorCode.INVALID_REQUIRED_ACKS);
      return;
    }
    PendingProduce produce = new PendingProduce(request, partitions, transactions, clock);
    request.connection().state(ProduceLane.class, () -> new ProduceLane(workers)).take(produce);
  }

  @Override
  public ApiMessage failure(ProduceRequest request, short version, ErrorCode error) {
    ProduceResponse response = new ProduceResponse();
    for (ProduceRequest.TopicProduceData topic : request.topicData()) {
      ProduceResponse.TopicProduceResponse failed =
          new ProduceResponse.TopicProduceResponse().name(topic.name()).topicId(topic.topicId());
      for (ProduceRequest.PartitionProduceData partition : topic.partitionData()) {
        failed
            .partitionResponses()
            .add(
                new ProduceResponse.PartitionProduceResponse()
                    .index(partition.index())
                    .errorCode(error.code())
                    .baseOffset(-1));
      }
      response.responses().add(failed);
    }
    return response;
  }
}
