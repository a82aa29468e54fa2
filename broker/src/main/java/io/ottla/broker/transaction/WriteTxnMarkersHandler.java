package io.ottla.broker.transaction;

import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.LateAnswer;
import io.ottla.broker.api.Request;
import io.ottla.coordinator.EndMarker;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.message.WriteTxnMarkersRequest;
import io.ottla.wire.message.WriteTxnMarkersResponse;
import io.ottla.wire.message.WriteTxnMarkersResponse.WritableTxnMarkerPartitionResult;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * WriteTxnMarkers, versions 1 and 2: ends transactions in partitions that this broker leads. Sent
 * by transaction coordinators, and by an administrator who aborts a hanging transaction (KIP-664).
 */
public final class WriteTxnMarkersHandler implements ApiHandler<WriteTxnMarkersRequest> {

  private final MarkerWriter writer;

  public WriteTxnMarkersHandler(MarkerWriter writer) {
    this.writer = writer;
  }

  @Override
  public ApiKey api() {
    return ApiKey.WRITE_TXN_MARKERS;
  }

  @Override
  public void handle(Request<WriteTxnMarkersRequest> request) {
    request.releaseFrame();
    WriteTxnMarkersResponse response = new WriteTxnMarkersResponse();
    List<CompletableFuture<?>> all = new ArrayList<>();
    for (WriteTxnMarkersRequest.WritableTxnMarker marker : request.body().markers()) {
      WriteTxnMarkersResponse.WritableTxnMarkerResult result =
          new WriteTxnMarkersResponse.WritableTxnMarkerResult().producerId(marker.producerId());
      response.markers().add(result);
      write(marker, result, all);
    }
    LateAnswer.when(
        request, CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)), _ -> response);
  }

  private void write(
      WriteTxnMarkersRequest.WritableTxnMarker marker,
      WriteTxnMarkersResponse.WritableTxnMarkerResult result,
      List<CompletableFuture<?>> all) {
    EndMarker end =
        new EndMarker(
            marker.producerId(),
            marker.producerEpoch(),
            marker.coordinatorEpoch(),
            marker.transactionResult(),
            marker.transactionVersion());
    for (WriteTxnMarkersRequest.WritableTxnMarkerTopic topic : marker.topics()) {
      WriteTxnMarkersResponse.WritableTxnMarkerTopicResult topicResult =
          new WriteTxnMarkersResponse.WritableTxnMarkerTopicResult().name(topic.name());
      result.topics().add(topicResult);
      for (int index : topic.partitionIndexes()) {
        WritableTxnMarkerPartitionResult partitionResult =
            new WritableTxnMarkerPartitionResult().partitionIndex(index);
        topicResult.partitions().add(partitionResult);
        all.add(
            writer
                .write(new TopicPartition(topic.name(), index), end)
                .thenAccept(error -> partitionResult.errorCode(error.code())));
      }
    }
  }

  @Override
  public ApiMessage failure(WriteTxnMarkersRequest request, short version, ErrorCode error) {
    WriteTxnMarkersResponse response = new WriteTxnMarkersResponse();
    for (WriteTxnMarkersRequest.WritableTxnMarker marker : request.markers()) {
      WriteTxnMarkersResponse.WritableTxnMarkerResult result =
          new WriteTxnMarkersResponse.WritableTxnMarkerResult().producerId(marker.producerId());
      for (WriteTxnMarkersRequest.WritableTxnMarkerTopic topic : marker.topics()) {
        result
            .topics()
            .add(
                new WriteTxnMarkersResponse.WritableTxnMarkerTopicResult()
                    .name(topic.name())
                    .partitions(
                        topic.partitionIndexes().stream()
                            .map(
                                index ->
                                    new WritableTxnMarkerPartitionResult()
                                        .partitionIndex(index)
                                        .errorCode(error.code()))
                            .toList()));
      }
      response.markers().add(result);
    }
    return response;
  }
}
