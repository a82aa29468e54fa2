package io.ottla.metadata.controller;

import io.ottla.wire.ErrorCode;

/**
 * What became of one item of a command.
 *
 * @param error {@link ErrorCode#NONE} when it was done
 * @param message what to tell the client; null when it was done
 * @param stale whether the metadata moved on between planning and applying: planned again, the item
 *     may succeed
 */
public record ItemResult(ErrorCode error, String message, boolean stale) {

  /** It was done. */
  public static final ItemResult DONE = new ItemResult(ErrorCode.NONE, null, false);

  /** It was refused. */
  public static ItemResult refused(ErrorCode error, String message) {
    return new ItemResult(error, message, false);
  }

  /** It was refused, because the plan no longer fits. */
  public static ItemResult stale(ErrorCode error, String message) {
    return new ItemResult(error, message, true);
  }

  public boolean isDone() {
    return error == ErrorCode.NONE;
  }
}
