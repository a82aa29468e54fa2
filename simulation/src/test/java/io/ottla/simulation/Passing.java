package io.ottla.simulation;

import java.util.function.BooleanSupplier;

/** How faults that take several steps let time pass between them. */
interface Passing {

  /** Lets so much time pass. */
  void pass(int ms);

  /** Lets time pass until something is so; returns false if it is not so in time. */
  boolean await(int limitMs, BooleanSupplier isSo);
}
