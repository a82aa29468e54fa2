package io.ottla.broker.admin;

import io.ottla.wire.ErrorCode;

/** The name of a broker as a resource is its id. */
final class BrokerNames {

  private BrokerNames() {}

  /**
   * @throws RefusedException unless the name is this broker's: others answer for themselves
   */
  static void check(String name, int nodeId) {
    int id;
    try {
      id = Integer.parseInt(name);
    } catch (NumberFormatException e) {
      throw new RefusedException(
          ErrorCode.INVALID_REQUEST, "Broker id must be an integer, but it is: " + name);
    }
    if (id != nodeId) {
      throw new RefusedException(
          ErrorCode.INVALID_REQUEST,
          "Unexpected broker id, expected " + nodeId + ", but received " + name);
    }
  }
}
