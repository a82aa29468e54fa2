package io.ottla.broker.group;

import io.ottla.broker.api.AuthorizedOperations;
import io.ottla.broker.api.CoordinatorHandler;
import io.ottla.coordinator.RequestContext;
import io.ottla.coordinator.group.GroupCoordinator;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.ConsumerGroupDescribeRequest;
import io.ottla.wire.message.ConsumerGroupDescribeResponse;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * ConsumerGroupDescribe, versions 0 and 1: state, members and assignments of consumer groups
 * (KIP-848). v1: which protocol a member speaks (KIP-1099). Refused with UNSUPPORTED_VERSION where
 * the protocol is not offered, as Kafka does.
 */
public final class ConsumerGroupDescribeHandler
    extends CoordinatorHandler<ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse> {

  private final GroupCoordinator coordinator;
  private final BooleanSupplier isOffered;

  /**
   * @param isOffered whether the consumer protocol is offered now
   */
  public ConsumerGroupDescribeHandler(GroupCoordinator coordinator, BooleanSupplier isOffered) {
    this.coordinator = coordinator;
    this.isOffered = isOffered;
  }

  @Override
  public ApiKey api() {
    return ApiKey.CONSUMER_GROUP_DESCRIBE;
  }

  @Override
  protected boolean ask(
      RequestContext context,
      ConsumerGroupDescribeRequest request,
      Consumer<ConsumerGroupDescribeResponse> answer) {
    if (!isOffered.getAsBoolean()) {
      answer.accept(refusal(request, ErrorCode.UNSUPPORTED_VERSION));
      return true;
    }
    return coordinator.consumerGroupDescribe(
        request, response -> answer.accept(withOperations(request, response)));
  }

  private static ConsumerGroupDescribeResponse withOperations(
      ConsumerGroupDescribeRequest request, ConsumerGroupDescribeResponse response) {
    if (request.includeAuthorizedOperations()) {
      response.groups().stream()
          .filter(group -> group.errorCode() == ErrorCode.NONE.code())
          .forEach(group -> group.authorizedOperations(AuthorizedOperations.ALL_OF_A_GROUP));
    }
    return response;
  }

  @Override
  public ApiMessage failure(ConsumerGroupDescribeRequest request, short version, ErrorCode error) {
    return refusal(request, error);
  }

  private static ConsumerGroupDescribeResponse refusal(
      ConsumerGroupDescribeRequest request, ErrorCode error) {
    ConsumerGroupDescribeResponse response = new ConsumerGroupDescribeResponse();
    for (String group : request.groupIds()) {
      response
          .groups()
          .add(
              new ConsumerGroupDescribeResponse.DescribedGroup()
                  .groupId(group)
                  .errorCode(error.code()));
    }
    return response;
  }
}
