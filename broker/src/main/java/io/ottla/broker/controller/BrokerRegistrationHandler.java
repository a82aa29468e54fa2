package io.ottla.broker.controller;

import io.ottla.metadata.controller.Controller;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.BrokerRegistrationRequest;
import io.ottla.wire.message.BrokerRegistrationResponse;
import java.util.concurrent.CompletableFuture;

/** BrokerRegistration, versions 0 to 4: a broker's process has started and wants to be known. */
public final class BrokerRegistrationHandler extends BrokerCallHandler<BrokerRegistrationRequest> {

  private final Controller controller;

  public BrokerRegistrationHandler(Controller controller) {
    this.controller = controller;
  }

  @Override
  public ApiKey api() {
    return ApiKey.BROKER_REGISTRATION;
  }

  @Override
  CompletableFuture<BrokerRegistrationResponse> call(BrokerRegistrationRequest request) {
    return controller.registerBroker(request);
  }

  @Override
  public ApiMessage failure(BrokerRegistrationRequest request, short version, ErrorCode error) {
    return new BrokerRegistrationResponse().errorCode(error.code());
  }
}
