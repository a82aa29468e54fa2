package io.ottla.broker.peer;

import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import java.util.concurrent.CompletableFuture;

/** A way to ask the other brokers. Any thread. */
@FunctionalInterface
public interface BrokerQuestions {

  /**
   * Asks a broker.
   *
   * @return the answer; fails if the broker is gone, or nothing comes in time
   */
  CompletableFuture<ApiMessage> send(int brokerId, ApiKey api, ApiMessage request, long timeoutMs);
}
