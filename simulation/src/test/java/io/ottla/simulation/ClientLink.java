package io.ottla.simulation;

import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import java.util.concurrent.CompletableFuture;

/**
 * A client's connection to one broker: requests arrive in the order they are sent, answers come in
 * the order of their requests, each some time later. Used on the timeline's thread.
 */
public interface ClientLink {

  /**
   * Asks. The request and the answer are other objects on the other side, as they went over a wire;
   * records in an answer are bytes of its own, which need not be released.
   *
   * @return the answer; fails with {@link Lost} when the connection breaks before it is here: then
   *     nobody knows whether the request was served
   */
  CompletableFuture<ApiMessage> send(ApiKey api, short version, ApiMessage request);

  /** Whether it can still be used; a broken connection stays broken. */
  boolean isOpen();

  /** Breaks it: what is under way fails here, and may still be served there. */
  void close();

  /** The connection is gone. */
  final class Lost extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public Lost(String why) {
      super(why, null, false, false);
    }
  }
}
