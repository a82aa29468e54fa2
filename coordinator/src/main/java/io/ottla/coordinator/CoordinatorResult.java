package io.ottla.coordinator;

import io.ottla.wire.ErrorCode;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * What an operation decided: the records to append, what to answer, and what to do with soft state
 * once the append has gone well or not.
 *
 * <p>Order: append, replay, {@code afterAppend}, response. When the append fails: {@code
 * onAppendError}, then an error to whoever still waits; the persistent state is as it was.
 *
 * @param records to append, possibly none
 * @param response the answer, or null if there is none or it comes later
 * @param atomic whether the records must go into one batch; if not, some may be appended although a
 *     later one fails
 * @param afterAppend soft state to change after the append; null for none. Runs at once when there
 *     are no records
 * @param onAppendError soft state to change when the append fails; null for none
 * @param producer in whose transaction the records are written; null for none
 * @param <R> the type of the response
 */
public record CoordinatorResult<R>(
    List<CoordinatorRecord> records,
    R response,
    boolean atomic,
    Runnable afterAppend,
    Consumer<ErrorCode> onAppendError,
    TransactionalProducer producer) {

  private static final CoordinatorResult<?> NOTHING =
      new CoordinatorResult<>(List.of(), null, true, null, null, null);

  public CoordinatorResult {
    Objects.requireNonNull(records, "records");
    if (producer != null && !atomic) {
      throw new IllegalArgumentException("the records of a transaction go into one batch");
    }
  }

  /** Nothing to append and, for now, nothing to answer. */
  @SuppressWarnings("unchecked") // holds no response
  public static <R> CoordinatorResult<R> nothing() {
    return (CoordinatorResult<R>) NOTHING;
  }

  /** An answer that needs no record. */
  public static <R> CoordinatorResult<R> respond(R response) {
    return new CoordinatorResult<>(List.of(), response, true, null, null, null);
  }

  /** Records that go into one batch. */
  public static <R> CoordinatorResult<R> append(List<CoordinatorRecord> records) {
    return new CoordinatorResult<>(records, null, true, null, null, null);
  }

  /** Records that may be cut into several batches, as they are useful one by one. */
  public static <R> CoordinatorResult<R> appendInParts(List<CoordinatorRecord> records) {
    return new CoordinatorResult<>(records, null, false, null, null, null);
  }

  /** The same with an answer. */
  public <T> CoordinatorResult<T> withResponse(T answer) {
    return new CoordinatorResult<>(records, answer, atomic, afterAppend, onAppendError, producer);
  }

  public CoordinatorResult<R> withAfterAppend(Runnable action) {
    return new CoordinatorResult<>(records, response, atomic, action, onAppendError, producer);
  }

  public CoordinatorResult<R> withOnAppendError(Consumer<ErrorCode> action) {
    return new CoordinatorResult<>(records, response, atomic, afterAppend, action, producer);
  }

  /** The same in a transaction; its records have to be atomic. */
  public CoordinatorResult<R> withProducer(TransactionalProducer transactional) {
    return new CoordinatorResult<>(
        records, response, atomic, afterAppend, onAppendError, transactional);
  }
}
