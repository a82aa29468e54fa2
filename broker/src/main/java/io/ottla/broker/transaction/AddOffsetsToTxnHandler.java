package io.ottla.broker.transaction;

import io.ottla.broker.api.CoordinatorHandler;
import io.ottla.coordinator.RequestContext;
import io.ottla.coordinator.group.GroupCoordinator;
import io.ottla.coordinator.transaction.TransactionCoordinator;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.message.AddOffsetsToTxnRequest;
import io.ottla.wire.message.AddOffsetsToTxnResponse;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;

/**
 * AddOffsetsToTxn, versions 0 to 4: makes the partition that keeps a group's offsets part of a
 * transaction. Producers of transaction version 2 do without: TxnOffsetCommit does it.
 */
public final class AddOffsetsToTxnHandler
    extends CoordinatorHandler<AddOffsetsToTxnRequest, AddOffsetsToTxnResponse> {

  private static final short FIRST_WITH_FENCED = 2;
  private static final int BEFORE_VERSION_2 = 0;

  private final TransactionCoordinator coordinator;
  private final ToIntFunction<String> partitionOfGroup;

  /**
   * @param partitionOfGroup the partition of {@code __consumer_offsets} of a group
   */
  public AddOffsetsToTxnHandler(
      TransactionCoordinator coordinator, ToIntFunction<String> partitionOfGroup) {
    this.coordinator = coordinator;
    this.partitionOfGroup = partitionOfGroup;
  }

  @Override
  public ApiKey api() {
    return ApiKey.ADD_OFFSETS_TO_TXN;
  }

  @Override
  protected boolean ask(
      RequestContext context,
      AddOffsetsToTxnRequest request,
      Consumer<AddOffsetsToTxnResponse> answer) {
    TopicPartition offsets =
        new TopicPartition(GroupCoordinator.TOPIC, partitionOfGroup.applyAsInt(request.groupId()));
    return coordinator.addPartitions(
        request.transactionalId(),
        request.producerId(),
        request.producerEpoch(),
        Set.of(offsets),
        BEFORE_VERSION_2,
        error -> answer.accept(response(error, context.apiVersion())));
  }

  private static AddOffsetsToTxnResponse response(ErrorCode error, short version) {
    ErrorCode told =
        version < FIRST_WITH_FENCED && error == ErrorCode.PRODUCER_FENCED
            ? ErrorCode.INVALID_PRODUCER_EPOCH
            : error;
    return new AddOffsetsToTxnResponse().errorCode(told.code());
  }

  @Override
  public ApiMessage failure(AddOffsetsToTxnRequest request, short version, ErrorCode error) {
    return response(error, version);
  }
}
