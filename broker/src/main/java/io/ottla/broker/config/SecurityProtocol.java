package io.ottla.broker.config;

import java.util.Arrays;
import java.util.Optional;

/** What protects a listener, with Kafka's number for it. */
public enum SecurityProtocol {
  PLAINTEXT(0),
  SSL(1),
  SASL_PLAINTEXT(2),
  SASL_SSL(3);

  private final short id;

  SecurityProtocol(int id) {
    this.id = (short) id;
  }

  public short id() {
    return id;
  }

  /** Whether Ottla speaks it. */
  public boolean isSupported() {
    return this == PLAINTEXT || this == SSL;
  }

  /** By name, in any case. */
  static Optional<SecurityProtocol> forName(String name) {
    return Arrays.stream(values())
        .filter(protocol -> protocol.name().equalsIgnoreCase(name))
        .findFirst();
  }
}
