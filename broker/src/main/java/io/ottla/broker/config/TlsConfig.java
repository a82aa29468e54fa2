package io.ottla.broker.config;

import io.ottla.broker.tls.TlsContext;
import java.util.Map;
import java.util.Optional;

/**
 * Which listeners are protected by TLS, and how.
 *
 * @param contexts by listener name, of those that are
 * @param controllers name of the listener by which this node reaches controllers
 * @param brokers name of the listener by which brokers reach each other; empty on a node that is no
 *     broker
 */
public record TlsConfig(
    Map<String, TlsContext> contexts, Optional<String> controllers, Optional<String> brokers) {

  public TlsConfig {
    contexts = Map.copyOf(contexts);
  }

  /** Of one listener; empty if it is in plain text. */
  public Optional<TlsContext> of(String listener) {
    return Optional.ofNullable(contexts.get(listener));
  }

  /** For connections to controllers. */
  public Optional<TlsContext> toControllers() {
    return controllers.flatMap(this::of);
  }

  /** For connections to other brokers. */
  public Optional<TlsContext> toBrokers() {
    return brokers.flatMap(this::of);
  }
}
