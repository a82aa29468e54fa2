package io.ottla.coordinator.group.assignor;

/** An assignment that cannot be made; the group stays as it is. The message says why. */
public final class AssignorException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public AssignorException(String message) {
    super(message, null, false, false);
  }
}
