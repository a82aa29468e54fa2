package io.ottla.broker.cluster;

import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.HandlerTable;
import io.ottla.broker.api.Request;
import io.ottla.metadata.image.FeatureRange;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.ApiVersionsRequest;
import io.ottla.wire.message.ApiVersionsResponse;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * ApiVersions, versions 0 to 4: what this broker speaks, derived from the handlers it has.
 *
 * <ul>
 *   <li>A version it does not know is answered in version 0, with the error and its own range for
 *       ApiVersions, so that the client can step down (KIP-511).
 *   <li>Produce is advertised from version 0, though 0 to 2 are refused: librdkafka gives up on a
 *       broker that does not (KAFKA-18659).
 *   <li>v3: software name and version of the client, which must be well-formed; features (KIP-584).
 *       v4: also those features whose lowest level is 0 (KIP-1022).
 * </ul>
 */
public final class ApiVersionsHandler implements ApiHandler<ApiVersionsRequest> {

  private static final Pattern SOFTWARE =
      Pattern.compile("[a-zA-Z0-9]([a-zA-Z0-9\\-.]*[a-zA-Z0-9])?");
  private static final short FIRST_WITH_SOFTWARE = 3;
  private static final short FIRST_WITH_ZERO_LEVELS = 4;
  private static final short ADVERTISED_PRODUCE = 0;

  private final Supplier<HandlerTable> handlers;
  private final Supplier<MetadataImage> image;
  private final Map<String, FeatureRange> supportedFeatures;

  /**
   * @param handlers the table this handler is part of
   */
  public ApiVersionsHandler(
      Supplier<HandlerTable> handlers,
      Supplier<MetadataImage> image,
      Map<String, FeatureRange> supportedFeatures) {
    this.handlers = handlers;
    this.image = image;
    this.supportedFeatures = Map.copyOf(supportedFeatures);
  }

  @Override
  public ApiKey api() {
    return ApiKey.API_VERSIONS;
  }

  @Override
  public void handle(Request<ApiVersionsRequest> request) {
    if (request.version() < oldestVersion()) {
      request.fail(ErrorCode.UNSUPPORTED_VERSION);
    } else if (request.version() >= FIRST_WITH_SOFTWARE && !isWellFormed(request.body())) {
      request.fail(ErrorCode.INVALID_REQUEST);
    } else {
      request.respond(answer(request.version()));
    }
  }

  private static boolean isWellFormed(ApiVersionsRequest request) {
    return SOFTWARE.matcher(request.clientSoftwareName()).matches()
        && SOFTWARE.matcher(request.clientSoftwareVersion()).matches();
  }

  private ApiVersionsResponse answer(short version) {
    ApiVersionsResponse response = new ApiVersionsResponse();
    for (ApiHandler<?> handler : handlers.get().handlers()) {
      if (!handler.api().isPrivate()) {
        response.apiKeys().add(range(handler));
      }
    }
    if (version >= FIRST_WITH_SOFTWARE) {
      addFeatures(response, version);
    }
    return response;
  }

  private static ApiVersionsResponse.ApiVersion range(ApiHandler<?> handler) {
    return new ApiVersionsResponse.ApiVersion()
        .apiKey(handler.api().id())
        .minVersion(handler.api() == ApiKey.PRODUCE ? ADVERTISED_PRODUCE : handler.oldestVersion())
        .maxVersion(handler.latestVersion());
  }

  private void addFeatures(ApiVersionsResponse response, short version) {
    supportedFeatures.forEach(
        (name, range) -> {
          if (range.min() > 0 || version >= FIRST_WITH_ZERO_LEVELS) {
            response
                .supportedFeatures()
                .add(
                    new ApiVersionsResponse.SupportedFeatureKey()
                        .name(name)
                        .minVersion(range.min())
                        .maxVersion(range.max()));
          }
        });
    MetadataImage current = image.get();
    current
        .features()
        .forEach(
            (name, level) -> {
              if (level > 0) {
                response
                    .finalizedFeatures()
                    .add(
                        new ApiVersionsResponse.FinalizedFeatureKey()
                            .name(name)
                            .minVersionLevel(level)
                            .maxVersionLevel(level));
              }
            });
    // Clients ignore features whose epoch is not above the last they saw.
    response.finalizedFeaturesEpoch(Math.max(0, current.offset()));
  }

  @Override
  public ApiMessage failure(ApiVersionsRequest request, short version, ErrorCode error) {
    ApiVersionsResponse response = new ApiVersionsResponse().errorCode(error.code());
    if (error == ErrorCode.UNSUPPORTED_VERSION) {
      response.apiKeys().add(range(this));
    }
    return response;
  }
}
