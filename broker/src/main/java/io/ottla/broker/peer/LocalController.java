package io.ottla.broker.peer;

import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import java.util.concurrent.CompletableFuture;

/** The controller of this very node, if it has one. Any thread. */
public interface LocalController {

  /** Of a node that is no controller. */
  LocalController NONE =
      new LocalController() {
        @Override
        public boolean isActive() {
          return false;
        }

        @Override
        public CompletableFuture<? extends ApiMessage> call(ApiKey api, ApiMessage request) {
          throw new IllegalStateException("this node is no controller");
        }
      };

  boolean isActive();

  /**
   * Carries out a broker's request. May fail with a {@link
   * io.ottla.metadata.controller.ControllerException}; fails with an {@link ActiveHereException} if
   * it is a client's.
   */
  CompletableFuture<? extends ApiMessage> call(ApiKey api, ApiMessage request);
}
