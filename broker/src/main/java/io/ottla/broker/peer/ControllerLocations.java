package io.ottla.broker.peer;

import io.ottla.metadata.config.HostPort;
import java.util.List;

/** Where the controllers are, as far as this node knows. Any thread; cheap. */
public interface ControllerLocations {

  /** The active controller's id; -1 if it is not known. */
  int activeId();

  /** The controllers to try, this node left out or not. */
  List<Location> controllers();

  /**
   * One controller.
   *
   * @param id -1 if only the address is known
   */
  record Location(int id, HostPort address) {}
}
