package io.ottla.broker.controller;

import io.ottla.broker.api.ClientConnection;
import io.ottla.metadata.controller.Controller;

/**
 * The connection by which a broker's heartbeats come: when it breaks, the broker may be gone. Owned
 * by the connection's event loop.
 */
final class HeartbeatLink {

  private int brokerId;
  private long brokerEpoch;

  private HeartbeatLink() {}

  static HeartbeatLink on(ClientConnection connection, Controller controller) {
    HeartbeatLink link = new HeartbeatLink();
    connection.whenClosed(() -> controller.connectionLost(link.brokerId, link.brokerEpoch));
    return link;
  }

  void carries(int id, long epoch) {
    brokerId = id;
    brokerEpoch = epoch;
  }
}
