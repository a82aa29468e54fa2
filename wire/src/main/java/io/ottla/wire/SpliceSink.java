package io.ottla.wire;

/**
 * Takes the record bytes of a message that is being written, so that they need not be copied: they
 * travel to the socket from where they are, at their place between the written bytes.
 */
@FunctionalInterface
public interface SpliceSink {

  /**
   * Called once per records field that is not null, in the order of writing, by the thread that
   * writes.
   *
   * @param index the writer index of the output at which the bytes belong
   * @param records possibly of size 0; the sink now decides when they are released
   */
  void splice(int index, Records records);
}
