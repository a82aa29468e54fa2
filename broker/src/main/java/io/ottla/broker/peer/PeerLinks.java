package io.ottla.broker.peer;

import io.ottla.broker.tls.TlsContext;
import java.util.Optional;

/** Where a node gets its connections to other nodes, and runs what comes of them. Any thread. */
public interface PeerLinks {

  /**
   * A new connection, which is made when something is sent on it.
   *
   * @param tls how to protect it; empty for not at all
   */
  PeerLink connect(PeerAddress peer, Optional<TlsContext> tls, PeerSettings settings);

  /** One of the loops on which answers come, for work that does not block. */
  WorkLoop loop();

  /** Runs something after a while; it must not block. */
  default void later(Runnable task, long delayMs) {
    var _ = loop().later(task, delayMs);
  }
}
