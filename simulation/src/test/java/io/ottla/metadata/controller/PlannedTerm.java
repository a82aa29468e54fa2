package io.ottla.metadata.controller;

/** The term in which a controller planned a command. */
public final class PlannedTerm {

  private PlannedTerm() {}

  /** Of an encoded command. */
  public static long of(byte[] command) {
    return CommandCodec.decode(command).term();
  }
}
