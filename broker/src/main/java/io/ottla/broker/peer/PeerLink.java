package io.ottla.broker.peer;

import io.ottla.replication.PeerAnswer;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import java.util.concurrent.CompletableFuture;

/**
 * This node's connection to another one, which is made, and made again, when there is something to
 * send. Any thread.
 */
public interface PeerLink extends AutoCloseable {

  /** To whom. */
  PeerAddress peer();

  /**
   * Sends a request in the newest version that both nodes know.
   *
   * @param maxVersion the newest version the caller can do with
   * @param timeoutMs for connecting, sending and the answer together
   * @return the answer, which must be released if the request was a Fetch (for all others that does
   *     nothing); fails with a {@link PeerException}
   */
  CompletableFuture<PeerAnswer<ApiMessage>> send(
      ApiKey api, short maxVersion, ApiMessage message, long timeoutMs);

  /** As above, in the newest version of this node's that will not change any more. */
  default CompletableFuture<PeerAnswer<ApiMessage>> send(
      ApiKey api, ApiMessage message, long timeoutMs) {
    short newest = api.latestVersionIn43();
    short stable = (short) (api.latestVersionUnstable() ? newest - 1 : newest);
    return send(api, stable, message, timeoutMs);
  }

  /** Closes for good: what is under way fails. */
  @Override
  void close();
}
