package io.ottla.coordinator;

import io.ottla.wire.ErrorCode;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A request's right to one answer. An operation answers by its result, or keeps the reply and
 * answers later, when what it waits for has happened. Either way the answer leaves when all records
 * that were appended before it are below the high watermark.
 *
 * <p>Owned by the shard's thread. It is answered exactly once; when the coordinator goes away, who
 * holds it answers it with an error.
 *
 * @param <R> the type of the response
 */
public final class Reply<R> {

  private static final Logger LOG = LoggerFactory.getLogger(Reply.class);

  private final HeldReplies held;
  private final Consumer<R> callback;
  private final Function<ErrorCode, R> errorResponse;
  private boolean open = true;

  Reply(HeldReplies held, Consumer<R> callback, Function<ErrorCode, R> errorResponse) {
    this.held = held;
    this.callback = callback;
    this.errorResponse = errorResponse;
  }

  /** Whether nothing has been sent yet. */
  public boolean isOpen() {
    return open;
  }

  /**
   * Answers, once everything appended so far is safe.
   *
   * @throws IllegalStateException if it was answered before
   */
  public void send(R response) {
    close();
    held.hold(this, response);
  }

  /** Answers with an error, in the same order as other answers. */
  public void fail(ErrorCode error) {
    send(errorResponse.apply(error));
  }

  /** Answers with an error at once: nothing it could depend on will happen. */
  void failNow(ErrorCode error) {
    close();
    release(errorResponse.apply(error));
  }

  /** Hands a response to whoever asked; for {@link HeldReplies}, after {@link #send}. */
  void release(R response) {
    try {
      callback.accept(response);
    } catch (RuntimeException e) {
      LOG.error("Whoever asked a coordinator failed to take the response", e);
    }
  }

  void releaseError(ErrorCode error) {
    release(errorResponse.apply(error));
  }

  private void close() {
    if (!open) {
      throw new IllegalStateException("a request was about to be answered twice");
    }
    open = false;
  }
}
