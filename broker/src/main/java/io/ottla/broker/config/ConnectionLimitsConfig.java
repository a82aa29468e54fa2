package io.ottla.broker.config;

import java.net.InetAddress;
import java.util.Map;

/**
 * How many connections there may be.
 *
 * @param maxPerAddressOverrides limits of named hosts, resolved
 */
public record ConnectionLimitsConfig(
    int maxTotal, int maxPerAddress, Map<InetAddress, Integer> maxPerAddressOverrides) {

  public ConnectionLimitsConfig {
    maxPerAddressOverrides = Map.copyOf(maxPerAddressOverrides);
  }
}
