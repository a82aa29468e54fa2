package io.ottla.broker.net;

import java.util.OptionalInt;

/**
 * What the sockets need to know.
 *
 * @param transport {@code auto}, {@code epoll} or {@code nio}
 * @param networkThreads event loops
 * @param maxRequestBytes largest frame ({@code socket.request.max.bytes})
 * @param queuedMaxRequestBytes memory of all requests in work; zero or less for no bound
 * @param connectionsMaxIdleMs a connection silent for this long is closed; zero or less for never
 * @param sendBufferBytes SO_SNDBUF, or empty for the machine's default
 * @param receiveBufferBytes SO_RCVBUF, or empty for the machine's default
 */
public record SocketSettings(
    String transport,
    int networkThreads,
    int maxRequestBytes,
    long queuedMaxRequestBytes,
    long connectionsMaxIdleMs,
    OptionalInt sendBufferBytes,
    OptionalInt receiveBufferBytes) {

  private static final int WRITE_HIGH = 8 * 1024 * 1024;

  /** A connection with this many unsent bytes is not read until it takes some. */
  int writeHighBytes() {
    return WRITE_HIGH;
  }

  int writeLowBytes() {
    return WRITE_HIGH / 2;
  }
}
