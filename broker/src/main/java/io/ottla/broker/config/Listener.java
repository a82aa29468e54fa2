package io.ottla.broker.config;

/**
 * An address to listen on, or to tell clients.
 *
 * @param name upper case
 * @param host name or address, an IPv6 address without brackets; empty for all interfaces
 * @param port 0 for any free one
 */
public record Listener(String name, SecurityProtocol protocol, String host, int port) {

  /** Whether the host stands for all interfaces, and so is nothing to tell a client. */
  public boolean isWildcard() {
    return host.isEmpty() || host.equals("0.0.0.0") || host.equals("::");
  }

  public Listener withHost(String newHost) {
    return new Listener(name, protocol, newHost, port);
  }

  public Listener withPort(int newPort) {
    return new Listener(name, protocol, host, newPort);
  }

  /** As in the properties file. */
  @Override
  public String toString() {
    return name + "://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
