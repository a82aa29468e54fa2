package io.ottla.broker.tls;

import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandler;

/** Protects the connections of one listener, taken and made. Immutable; any thread. */
public interface TlsContext {

  /** Why a handshake failed, in a few words: what came instead of it may be long. */
  static String explain(Throwable cause) {
    if (cause instanceof NotSslRecordException) {
      return "what came is not TLS";
    }
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
  }

  /** For a connection that was accepted. */
  SslHandler server();

  /**
   * For a connection that is made.
   *
   * @param host what the other side's certificate must be for
   */
  SslHandler client(String host, int port);
}
