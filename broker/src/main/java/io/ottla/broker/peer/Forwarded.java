package io.ottla.broker.peer;

import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;

/** What came of a request that was passed on. */
sealed interface Forwarded {

  /** The offset of an answer that says nothing of the metadata log. */
  long NO_OFFSET = -1;

  /**
   * The API's own answer.
   *
   * @param offset of the metadata log that the answer may rest on, or {@link #NO_OFFSET}
   */
  record Answer(ApiMessage message, long offset) implements Forwarded {}

  /** It could not be carried out at all. */
  record Failed(ErrorCode error) implements Forwarded {}

  /** Another controller is to be asked. */
  record Elsewhere() implements Forwarded {}
}
