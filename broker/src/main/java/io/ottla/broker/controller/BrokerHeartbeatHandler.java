package io.ottla.broker.controller;

import io.ottla.broker.api.ClientConnection;
import io.ottla.broker.api.Request;
import io.ottla.metadata.controller.Controller;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.BrokerHeartbeatRequest;
import io.ottla.wire.message.BrokerHeartbeatResponse;
import java.util.concurrent.CompletableFuture;

/** BrokerHeartbeat: a broker lives, tells how far it is, and learns whether it is fenced. */
public final class BrokerHeartbeatHandler extends BrokerCallHandler<BrokerHeartbeatRequest> {

  private final Controller controller;

  public BrokerHeartbeatHandler(Controller controller) {
    this.controller = controller;
  }

  @Override
  public ApiKey api() {
    return ApiKey.BROKER_HEARTBEAT;
  }

  @Override
  void noteCaller(Request<BrokerHeartbeatRequest> request) {
    ClientConnection connection = request.connection();
    int brokerId = request.body().brokerId();
    Caller caller = connection.state(Caller.class, Caller::new);
    if (!caller.watched) {
      caller.watched = true;
      connection.whenClosed(() -> controller.connectionLost(brokerId));
    }
  }

  @Override
  CompletableFuture<BrokerHeartbeatResponse> call(BrokerHeartbeatRequest request) {
    return controller.heartbeat(request);
  }

  @Override
  public ApiMessage failure(BrokerHeartbeatRequest request, short version, ErrorCode error) {
    return new BrokerHeartbeatResponse().errorCode(error.code());
  }

  /** Whether the end of a connection is watched already; a broker keeps to one. */
  private static final class Caller {
    private boolean watched;
  }
}
