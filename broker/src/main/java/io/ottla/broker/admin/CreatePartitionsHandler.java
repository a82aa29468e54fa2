package io.ottla.broker.admin;

import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.Request;
import io.ottla.metadata.controller.Controller;
import io.ottla.metadata.controller.ItemResult;
import io.ottla.metadata.controller.NewPartitions;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.CreatePartitionsRequest;
import io.ottla.wire.message.CreatePartitionsResponse;
import java.util.List;
import java.util.Set;

/** CreatePartitions, versions 0 to 3: adds partitions to topics, each by itself (KIP-195). */
public final class CreatePartitionsHandler implements ApiHandler<CreatePartitionsRequest> {

  private final Controller controller;

  public CreatePartitionsHandler(Controller controller) {
    this.controller = controller;
  }

  @Override
  public ApiKey api() {
    return ApiKey.CREATE_PARTITIONS;
  }

  @Override
  public void handle(Request<CreatePartitionsRequest> request) {
    CreatePartitionsRequest body = request.body();
    Set<String> repeated =
        Duplicates.of(body.topics(), CreatePartitionsRequest.CreatePartitionsTopic::name);
    CreatePartitionsResponse response = new CreatePartitionsResponse();
    repeated.forEach(
        name ->
            response
                .results()
                .add(result(name, ErrorCode.INVALID_REQUEST, "Duplicate topic name.")));
    List<NewPartitions> asked =
        body.topics().stream()
            .filter(topic -> !repeated.contains(topic.name()))
            .map(CreatePartitionsHandler::newPartitions)
            .toList();
    TimedAnswer.when(
        request,
        controller.createPartitions(asked, body.validateOnly()),
        body.timeoutMs(),
        results -> withResults(response, asked, results),
        (error, message) -> failure(body, error, message));
  }

  private static NewPartitions newPartitions(CreatePartitionsRequest.CreatePartitionsTopic topic) {
    return new NewPartitions(
        topic.name(),
        topic.count(),
        topic.assignments() == null
            ? null
            : topic.assignments().stream()
                .map(CreatePartitionsRequest.CreatePartitionsAssignment::brokerIds)
                .toList());
  }

  private static CreatePartitionsResponse withResults(
      CreatePartitionsResponse response, List<NewPartitions> asked, List<ItemResult> results) {
    for (int i = 0; i < asked.size(); i++) {
      ItemResult done = results.get(i);
      response.results().add(result(asked.get(i).topic(), done.error(), done.message()));
    }
    return response;
  }

  private static CreatePartitionsResponse.CreatePartitionsTopicResult result(
      String name, ErrorCode error, String message) {
    return new CreatePartitionsResponse.CreatePartitionsTopicResult()
        .name(name)
        .errorCode(error.code())
        .errorMessage(message);
  }

  @Override
  public ApiMessage failure(CreatePartitionsRequest request, short version, ErrorCode error) {
    return failure(request, error, error.message());
  }

  private static ApiMessage failure(
      CreatePartitionsRequest request, ErrorCode error, String message) {
    CreatePartitionsResponse response = new CreatePartitionsResponse();
    request.topics().forEach(topic -> response.results().add(result(topic.name(), error, message)));
    return response;
  }
}
