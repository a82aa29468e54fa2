package io.ottla.broker.group;

import io.ottla.broker.api.CoordinatorHandler;
import io.ottla.coordinator.RequestContext;
import io.ottla.coordinator.group.GroupCoordinator;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.ConsumerGroupHeartbeatRequest;
import io.ottla.wire.message.ConsumerGroupHeartbeatResponse;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * ConsumerGroupHeartbeat, versions 0 and 1: a member of a consumer group joins, tells what it owns,
 * hears what it shall own, leaves (KIP-848). v1: regular expressions, and member ids that the
 * client makes (KIP-1082). Refused with UNSUPPORTED_VERSION, though advertised, where the protocol
 * is not offered, as Kafka does.
 */
public final class ConsumerGroupHeartbeatHandler
    extends CoordinatorHandler<ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse> {

  private final GroupCoordinator coordinator;
  private final BooleanSupplier isOffered;

  /**
   * @param isOffered whether the consumer protocol is offered now
   */
  public ConsumerGroupHeartbeatHandler(GroupCoordinator coordinator, BooleanSupplier isOffered) {
    this.coordinator = coordinator;
    this.isOffered = isOffered;
  }

  @Override
  public ApiKey api() {
    return ApiKey.CONSUMER_GROUP_HEARTBEAT;
  }

  @Override
  protected boolean ask(
      RequestContext context,
      ConsumerGroupHeartbeatRequest request,
      Consumer<ConsumerGroupHeartbeatResponse> answer) {
    if (!isOffered.getAsBoolean()) {
      answer.accept(refusal(ErrorCode.UNSUPPORTED_VERSION));
      return true;
    }
    return coordinator.consumerGroupHeartbeat(context, request, answer);
  }

  @Override
  public ApiMessage failure(ConsumerGroupHeartbeatRequest request, short version, ErrorCode error) {
    return refusal(error);
  }

  private static ConsumerGroupHeartbeatResponse refusal(ErrorCode error) {
    return new ConsumerGroupHeartbeatResponse()
        .errorCode(error.code())
        .errorMessage(error.message());
  }
}
