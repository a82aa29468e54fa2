package io.ottla.coordinator;

/**
 * The producer in whose transaction records are written: they count once it has committed.
 *
 * @param id the producer's id
 * @param epoch the producer's epoch; the log refuses one that is not current any more
 * @param guard what the log asks of those who may begin a transaction in it; made by whoever owns
 *     the log and of no meaning to anyone else, null if the log asks for nothing
 */
public record TransactionalProducer(long id, short epoch, Object guard) {

  public TransactionalProducer {
    if (id < 0) {
      throw new IllegalArgumentException("no producer id: " + id);
    }
  }
}
