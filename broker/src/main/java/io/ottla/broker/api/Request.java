package io.ottla.broker.api;

import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;

/**
 * One request of one client, and the place to answer it. Record bytes in the body lie in the frame
 * that carried them, which is kept until {@link #releaseFrame} or the answer, whichever is first.
 *
 * @param <Q> the request's body
 */
public interface Request<Q extends ApiMessage> {

  Q body();

  /** The version the client chose; within what the handler serves. */
  short version();

  /**
   * The client's name for itself, or null. Text from outside: bounded and escaped before logging.
   */
  String clientId();

  /** Where it came from, and how to hand work to shards on its behalf. */
  ClientConnection connection();

  /**
   * Answers. From any thread, once; a second answer is a bug and throws. Responses leave the
   * connection in the order of its requests, whatever the order of the calls.
   */
  default void respond(ApiMessage response) {
    respond(response, 0, () -> {});
  }

  /**
   * Answers with record bytes that are sent from where they are.
   *
   * @param recordBytes size of all records in the response
   * @param ifNeverSent gives the resources back if the connection is gone before they were sent
   */
  void respond(ApiMessage response, int recordBytes, Runnable ifNeverSent);

  /** Answers that the whole request failed, in the words of its handler. From any thread. */
  void fail(ErrorCode error);

  /** Ends a request that gets no response (Produce with acks=0). From any thread. */
  void finishSilently();

  /** Ends the request and the connection, because no answer can be given. From any thread. */
  void closeConnection(String reason);

  /** Gives the frame's memory back early, once its bytes are no longer needed. From any thread. */
  void releaseFrame();
}
