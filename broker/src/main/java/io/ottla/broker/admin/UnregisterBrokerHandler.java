package io.ottla.broker.admin;

import io.ottla.wire.ApiKey;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.UnregisterBrokerRequest;
import io.ottla.wire.message.UnregisterBrokerResponse;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** UnregisterBroker, version 0: forgets a broker that will not come back (KIP-500). */
public final class UnregisterBrokerHandler
    extends ControllerHandler<UnregisterBrokerRequest, UnregisterBrokerResponse> {

  /**
   * @param controller {@code Controller::unregisterBroker}
   */
  public UnregisterBrokerHandler(
      Function<UnregisterBrokerRequest, CompletableFuture<UnregisterBrokerResponse>> controller) {
    super(controller);
  }

  @Override
  public ApiKey api() {
    return ApiKey.UNREGISTER_BROKER;
  }

  @Override
  int timeoutMs(UnregisterBrokerRequest request) {
    return DEFAULT_TIMEOUT_MS;
  }

  @Override
  UnregisterBrokerResponse refusal(
      UnregisterBrokerRequest request, short version, ErrorCode error, String message) {
    return new UnregisterBrokerResponse().errorCode(error.code()).errorMessage(message);
  }
}
