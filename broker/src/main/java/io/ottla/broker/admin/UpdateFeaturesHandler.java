package io.ottla.broker.admin;

import io.ottla.wire.ApiKey;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.UpdateFeaturesRequest;
import io.ottla.wire.message.UpdateFeaturesResponse;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * UpdateFeatures, versions 0 to 2: changes the finalized levels of features, all or none (KIP-584).
 * v1: upgrade, safe or unsafe downgrade, and validation only; v2: no results of single features
 * (KIP-1022).
 */
public final class UpdateFeaturesHandler
    extends ControllerHandler<UpdateFeaturesRequest, UpdateFeaturesResponse> {

  private static final short LAST_WITH_RESULTS = 1;

  /**
   * @param controller {@code Controller::updateFeatures}
   */
  public UpdateFeaturesHandler(
      Function<UpdateFeaturesRequest, CompletableFuture<UpdateFeaturesResponse>> controller) {
    super(controller);
  }

  @Override
  public ApiKey api() {
    return ApiKey.UPDATE_FEATURES;
  }

  @Override
  int timeoutMs(UpdateFeaturesRequest request) {
    return request.timeoutMs();
  }

  @Override
  UpdateFeaturesResponse inVersion(UpdateFeaturesResponse response, short version) {
    return version > LAST_WITH_RESULTS ? response.results(new ArrayList<>(0)) : response;
  }

  @Override
  UpdateFeaturesResponse refusal(
      UpdateFeaturesRequest request, short version, ErrorCode error, String message) {
    return new UpdateFeaturesResponse().errorCode(error.code()).errorMessage(message);
  }
}
