package io.ottla.broker.api;

import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;

/**
 * Serves one API of the protocol, in a range of its versions. What ApiVersions advertises is
 * derived from the handlers there are.
 *
 * <p>{@link #handle} runs on the event loop of the connection that sent the request and must not
 * block: it answers at once, or hands the request on and lets it be answered later. One instance
 * serves all connections; what it keeps must be safe for that.
 *
 * @param <Q> the request it serves
 */
public interface ApiHandler<Q extends ApiMessage> {

  ApiKey api();

  /** Lowest version it serves. */
  default short oldestVersion() {
    return api().oldestVersion();
  }

  /** Highest version it serves: the latest of Kafka 4.3 that will not change any more. */
  default short latestVersion() {
    short latest = api().latestVersionIn43();
    return (short) (api().latestVersionUnstable() ? latest - 1 : latest);
  }

  /**
   * Serves a request. Sees to it that the request is answered exactly once, from any thread,
   * through {@link Request#respond} or {@link Request#finishSilently}; an exception thrown here is
   * answered with {@link #failure}.
   */
  void handle(Request<Q> request);

  /**
   * The answer that says the whole request failed: the error where this version has room for it,
   * for the request as a whole or for each of its parts.
   */
  ApiMessage failure(Q request, short version, ErrorCode error);
}
