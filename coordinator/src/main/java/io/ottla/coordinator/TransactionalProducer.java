package io.ottla.coordinator;

/**
 * The producer in whose transaction records are written: they count once it has committed.
 *
 * @param id the producer's id
 * @param epoch the producer's epoch; the log refuses one that is not current any more
 */
public record TransactionalProducer(long id, short epoch) {

  public TransactionalProducer {
    if (id < 0) {
      throw new IllegalArgumentException("no producer id: " + id);
    }
  }
}
