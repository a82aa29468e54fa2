package io.ottla.metadata.config;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A host and a port as they are written in values; nothing is resolved.
 *
 * @param host name or address without brackets; empty for all interfaces
 */
public record HostPort(String host, int port) {

  /** Largest port there is. */
  public static final int MAX_PORT = 65535;

  /** Characters of host names and of IPv4 and IPv6 addresses, a zone included. */
  public static final String HOST_CHARACTERS = "[0-9a-zA-Z\\-%._:]*";

  private static final Pattern HOST_PORT =
      Pattern.compile("(?:[0-9a-zA-Z\\-%._]*://)?\\[?(" + HOST_CHARACTERS + ")]?:([0-9]+)");

  /** Reads host:port, [address]:port, or either after a scheme; empty if it is neither. */
  public static Optional<HostPort> parse(String text) {
    Matcher matcher = HOST_PORT.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    return parsePort(matcher.group(2)).map(port -> new HostPort(matcher.group(1), port));
  }

  private static Optional<Integer> parsePort(String digits) {
    try {
      int port = Integer.parseInt(digits);
      return port <= MAX_PORT ? Optional.of(port) : Optional.empty();
    } catch (NumberFormatException tooLong) {
      return Optional.empty();
    }
  }

  /** host:port, an IPv6 address in brackets. */
  @Override
  public String toString() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
