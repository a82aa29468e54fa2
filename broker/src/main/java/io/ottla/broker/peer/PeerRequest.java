package io.ottla.broker.peer;

import io.netty.util.concurrent.Future;
import io.ottla.replication.PeerAnswer;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import java.util.concurrent.CompletableFuture;

/** A request on its way to another node. Used on the connection's event loop. */
final class PeerRequest {

  private final ApiKey api;
  private final short maxVersion;
  private final ApiMessage message;
  private final CompletableFuture<PeerAnswer<ApiMessage>> answer = new CompletableFuture<>();

  private Future<?> timer;
  private short version;
  private int correlationId;
  private long sentNs;

  PeerRequest(ApiKey api, short maxVersion, ApiMessage message) {
    this.api = api;
    this.maxVersion = maxVersion;
    this.message = message;
  }

  ApiKey api() {
    return api;
  }

  /** The newest version that the sender can do with. */
  short maxVersion() {
    return maxVersion;
  }

  ApiMessage message() {
    return message;
  }

  CompletableFuture<PeerAnswer<ApiMessage>> answer() {
    return answer;
  }

  /** Whether nobody waits for the answer any more. */
  boolean isOver() {
    return answer.isDone();
  }

  void limitBy(Future<?> timeout) {
    timer = timeout;
  }

  void sent(short inVersion, int withCorrelationId, long nowNs) {
    version = inVersion;
    correlationId = withCorrelationId;
    sentNs = nowNs;
  }

  short version() {
    return version;
  }

  int correlationId() {
    return correlationId;
  }

  long sentNs() {
    return sentNs;
  }

  /**
   * Gives the answer.
   *
   * @return false if nobody waits any more
   */
  boolean complete(ApiMessage response, Runnable release) {
    cancelTimer();
    return answer.complete(new PeerAnswer<>(response, release));
  }

  void fail(PeerException.Reason reason, String text) {
    cancelTimer();
    answer.completeExceptionally(new PeerException(reason, text));
  }

  private void cancelTimer() {
    if (timer != null) {
      timer.cancel(false);
    }
  }
}
