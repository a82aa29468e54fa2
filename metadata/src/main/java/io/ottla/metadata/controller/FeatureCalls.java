package io.ottla.metadata.controller;

import io.ottla.metadata.controller.Command.SetFeatures;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.UpdateFeaturesRequest;
import io.ottla.wire.message.UpdateFeaturesResponse;
import java.util.concurrent.CompletableFuture;

/** What administrators ask of features. Used by the controller's shard. */
final class FeatureCalls {

  private final CommandLog log;
  private final FeaturePlanner planner;

  FeatureCalls(CommandLog log, FeaturePlanner planner) {
    this.log = log;
    this.planner = planner;
  }

  /** Gives features other levels, all or none. */
  CompletableFuture<UpdateFeaturesResponse> update(UpdateFeaturesRequest request) {
    SetFeatures command;
    try {
      command = planner.plan(log.image(), request);
      if (request.validateOnly()) {
        log.tryOne(command);
        return CompletableFuture.completedFuture(updated(request));
      }
    } catch (ControllerException e) {
      return e.error() == ErrorCode.NOT_CONTROLLER
          ? CompletableFuture.failedFuture(e)
          : CompletableFuture.completedFuture(refused(e));
    }
    return log.submit(command)
        .handle(
            (done, failure) -> {
              if (failure == null) {
                return updated(request);
              }
              ControllerException cause = ControllerException.of(failure);
              if (cause.error() != ErrorCode.FEATURE_UPDATE_FAILED) {
                throw cause;
              }
              return refused(cause);
            });
  }

  private static UpdateFeaturesResponse refused(ControllerException why) {
    return new UpdateFeaturesResponse()
        .errorCode(why.error().code())
        .errorMessage(
            "The update failed for all features since the following feature had an error: "
                + why.getMessage());
  }

  private static UpdateFeaturesResponse updated(UpdateFeaturesRequest request) {
    return new UpdateFeaturesResponse()
        .results(
            request.featureUpdates().stream()
                .map(
                    update ->
                        new UpdateFeaturesResponse.UpdatableFeatureResult()
                            .feature(update.feature()))
                .toList());
  }
}
