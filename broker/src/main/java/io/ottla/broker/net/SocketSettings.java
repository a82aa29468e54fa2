package io.ottla.broker.net;

import io.netty.channel.WriteBufferWaterMark;
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

  /** Files do not count among unsent bytes until they are read, to be encrypted. */
  private static final int ENCRYPTED_WRITE_HIGH = 512 * 1024;

  /** A connection with so many unsent bytes is not read until it takes some. */
  WriteBufferWaterMark waterMark() {
    return new WriteBufferWaterMark(WRITE_HIGH / 2, WRITE_HIGH);
  }

  /** The same of a connection that encrypts; its files are not read beyond this either. */
  WriteBufferWaterMark encryptedWaterMark() {
    return new WriteBufferWaterMark(ENCRYPTED_WRITE_HIGH / 2, ENCRYPTED_WRITE_HIGH);
  }

  /** The same with another limit for frames. */
  public SocketSettings withMaxRequestBytes(int bytes) {
    return new SocketSettings(
        transport,
        networkThreads,
        bytes,
        queuedMaxRequestBytes,
        connectionsMaxIdleMs,
        sendBufferBytes,
        receiveBufferBytes);
  }
}
