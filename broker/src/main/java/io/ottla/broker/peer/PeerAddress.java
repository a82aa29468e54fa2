package io.ottla.broker.peer;

/**
 * Where another node is.
 *
 * @param name what to call the connection in the log: who, and what for
 * @param host name or address
 */
public record PeerAddress(String name, String host, int port) {

  @Override
  public String toString() {
    return name + " at " + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
