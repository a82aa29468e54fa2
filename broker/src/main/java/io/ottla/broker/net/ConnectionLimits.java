package io.ottla.broker.net;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;

/**
 * How many connections there may be: in all ({@code max.connections}) and from one address ({@code
 * max.connections.per.ip} and its overrides). Thread-safe; shared by all listeners.
 */
public final class ConnectionLimits {

  /** Why a connection is not taken. */
  public enum Refusal {
    TOTAL("max.connections"),
    PER_ADDRESS("max.connections.per.ip");

    private final String key;

    Refusal(String key) {
      this.key = key;
    }

    /** The property that sets the limit. */
    public String key() {
      return key;
    }
  }

  private final int maxTotal;
  private final int maxPerAddress;
  private final Map<InetAddress, Integer> overrides;
  private final Map<InetAddress, Integer> perAddress = new HashMap<>();
  private int total;

  public ConnectionLimits(
      int maxTotal, int maxPerAddress, Map<InetAddress, Integer> maxPerAddressOverrides) {
    this.maxTotal = maxTotal;
    this.maxPerAddress = maxPerAddress;
    this.overrides = Map.copyOf(maxPerAddressOverrides);
  }

  /**
   * Counts a connection in.
   *
   * @param beyondTotal whether it may stay however many there are
   * @return null if it may stay and must be counted out when it closes
   */
  synchronized Refusal tryOpen(InetAddress address, boolean beyondTotal) {
    if (total >= maxTotal && !beyondTotal) {
      return Refusal.TOTAL;
    }
    int open = perAddress.getOrDefault(address, 0);
    if (open >= overrides.getOrDefault(address, maxPerAddress)) {
      return Refusal.PER_ADDRESS;
    }
    total++;
    perAddress.put(address, open + 1);
    return null;
  }

  synchronized void onClosed(InetAddress address) {
    total--;
    perAddress.computeIfPresent(address, (_, open) -> open == 1 ? null : open - 1);
  }

  public synchronized int total() {
    return total;
  }
}
