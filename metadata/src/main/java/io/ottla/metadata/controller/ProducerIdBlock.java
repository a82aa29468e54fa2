package io.ottla.metadata.controller;

/**
 * Producer ids that one broker may hand out, and nobody else ever will.
 *
 * @param first the first id
 * @param count how many follow one another
 */
public record ProducerIdBlock(long first, int count) {

  /** How many ids a broker gets at a time. */
  public static final int COUNT = 1000;
}
