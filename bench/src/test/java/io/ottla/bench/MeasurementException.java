package io.ottla.bench;

/** A measurement could not be taken: a broker died, a count is wrong, a limit passed. */
public final class MeasurementException extends RuntimeException {

  private static final long serialVersionUID = 1;

  public MeasurementException(String message) {
    super(message);
  }

  public MeasurementException(String message, Throwable cause) {
    super(message, cause);
  }
}
