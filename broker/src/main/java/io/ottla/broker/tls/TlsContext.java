package io.ottla.broker.tls;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslHandler;

/** Protects the connections of one listener, taken and made. Immutable; any thread. */
public interface TlsContext {

  /** For a connection that was accepted. */
  SslHandler server(ByteBufAllocator allocator);

  /**
   * For a connection that is made.
   *
   * @param host what the other side's certificate must be for
   */
  SslHandler client(ByteBufAllocator allocator, String host, int port);
}
