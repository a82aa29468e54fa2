package io.ottla.broker.config;

import io.ottla.metadata.config.ConfigProblem;
import io.ottla.metadata.config.ConfigValues;
import io.ottla.metadata.config.HostPort;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads the keys about listeners and checks them against each other, as Kafka does. */
final class ListenersReader {

  private static final String LISTENERS = "listeners";
  private static final String ADVERTISED = "advertised.listeners";
  private static final String PROTOCOLS = "listener.security.protocol.map";
  private static final String INTER_BROKER = "inter.broker.listener.name";
  private static final String INTER_BROKER_PROTOCOL = "security.inter.broker.protocol";
  private static final String CONTROLLERS = "controller.listener.names";
  private static final String EARLY = "early.start.listeners";

  private static final Pattern LISTENER =
      Pattern.compile("(.*)://\\[?(" + HostPort.HOST_CHARACTERS + ")]?:(-?[0-9]+)");

  private final ConfigValues values;
  private final Map<String, String> given;
  private final NodeConfig node;
  private final List<ConfigProblem> problems;
  private final Set<String> controllerNames = new LinkedHashSet<>();
  private final Map<String, SecurityProtocol> protocols = new HashMap<>();

  private ListenersReader(
      ConfigValues values,
      Map<String, String> given,
      NodeConfig node,
      List<ConfigProblem> problems) {
    this.values = values;
    this.given = given;
    this.node = node;
    this.problems = problems;
  }

  /**
   * @param given the keys that are set, and their text
   * @param problems takes what is wrong
   */
  static ListenersConfig read(
      ConfigValues values,
      Map<String, String> given,
      NodeConfig node,
      List<ConfigProblem> problems) {
    return new ListenersReader(values, given, node, problems).read();
  }

  private ListenersConfig read() {
    values.list(CONTROLLERS).forEach(name -> controllerNames.add(upper(name)));
    readProtocols();
    List<Listener> all = parse(LISTENERS, values.list(LISTENERS));
    List<Listener> brokers = all.stream().filter(listener -> !isController(listener)).toList();
    List<Listener> controllers = all.stream().filter(this::isController).toList();
    Optional<List<Listener>> explicit =
        values.optionalList(ADVERTISED).map(entries -> parse(ADVERTISED, entries));
    List<Listener> advertised =
        explicit.orElse(brokers).stream().filter(listener -> !isController(listener)).toList();
    Optional<String> interBroker = interBrokerListener();
    checkProtocols(all);
    if (isReadable()) {
      // What cannot be read would only lead to more complaints of the same.
      checkNames(LISTENERS, all);
      checkPorts(all);
      checkRoles(brokers, controllers);
      checkReachable(explicit.orElse(brokers));
      checkAdvertised(advertised, brokers, interBroker);
      checkEarlyListeners(all);
    }
    return new ListenersConfig(
        brokers,
        controllers,
        advertised,
        node.isBroker() ? interBroker : Optional.empty(),
        List.copyOf(controllerNames),
        protocols,
        values.intValue("socket.listen.backlog.size"));
  }

  private boolean isReadable() {
    return problems.stream()
        .noneMatch(
            problem ->
                List.of(LISTENERS, ADVERTISED, PROTOCOLS, CONTROLLERS).contains(problem.key()));
  }

  private boolean isController(Listener listener) {
    return controllerNames.contains(listener.name());
  }

  private void readProtocols() {
    String map = values.text(PROTOCOLS);
    for (String entry : map.isEmpty() ? new String[0] : map.split("\\s*,\\s*", 0)) {
      int colon = entry.lastIndexOf(':');
      String name = colon < 0 ? "" : entry.substring(0, colon).trim();
      Optional<SecurityProtocol> protocol =
          SecurityProtocol.forName(entry.substring(colon + 1).trim());
      if (name.isEmpty() || protocol.isEmpty()) {
        problem(
            PROTOCOLS,
            map,
            "entry " + entry + " must be NAME:PROTOCOL, the protocol one of " + allProtocols());
      } else {
        protocols.put(upper(name), protocol.get());
      }
    }
    if (!given.containsKey(PROTOCOLS) && !mentionsSecurity()) {
      controllerNames.forEach(name -> protocols.putIfAbsent(name, SecurityProtocol.PLAINTEXT));
    }
  }

  /** Whether a listener is named after a protocol that protects; then nothing is assumed. */
  private boolean mentionsSecurity() {
    Stream<String> names =
        values.list(LISTENERS).stream().map(listener -> listener.split(":", 2)[0]);
    return Stream.concat(controllerNames.stream(), names)
        .flatMap(name -> SecurityProtocol.forName(name).stream())
        .anyMatch(protocol -> protocol != SecurityProtocol.PLAINTEXT);
  }

  private static String allProtocols() {
    return Stream.of(SecurityProtocol.values()).map(Enum::name).collect(Collectors.joining(", "));
  }

  private List<Listener> parse(String key, List<String> entries) {
    List<Listener> listeners = new ArrayList<>();
    for (String entry : entries) {
      Matcher matcher = LISTENER.matcher(entry);
      if (!matcher.matches() || matcher.group(1).isBlank()) {
        problem(key, entry, "must be NAME://host:port");
        continue;
      }
      String name = upper(matcher.group(1));
      Optional<Integer> port = port(matcher.group(3));
      SecurityProtocol protocol = protocols.get(name);
      if (port.isEmpty()) {
        problem(key, entry, "the port must be from 0 to " + HostPort.MAX_PORT);
      }
      if (protocol == null) {
        problem(key, entry, PROTOCOLS + " has no protocol for " + name);
      }
      if (port.isPresent() && protocol != null) {
        listeners.add(new Listener(name, protocol, matcher.group(2), port.get()));
      }
    }
    return listeners;
  }

  private static Optional<Integer> port(String digits) {
    try {
      int port = Integer.parseInt(digits);
      return port >= 0 && port <= HostPort.MAX_PORT ? Optional.of(port) : Optional.empty();
    } catch (NumberFormatException tooLong) {
      return Optional.empty();
    }
  }

  private void checkNames(String key, List<Listener> listeners) {
    Set<String> seen = new HashSet<>();
    for (Listener listener : listeners) {
      if (!seen.add(listener.name())) {
        problem(key, listener.toString(), "the name " + listener.name() + " is used twice");
      }
    }
  }

  /** Two listeners may share a port only if one has an IPv4 and the other an IPv6 address. */
  private void checkPorts(List<Listener> listeners) {
    Map<Integer, List<Listener>> byPort =
        listeners.stream()
            .filter(listener -> listener.port() != 0)
            .collect(Collectors.groupingBy(Listener::port));
    byPort.forEach(
        (port, sharing) -> {
          boolean oneEach =
              sharing.size() == 2
                  && sharing.stream().filter(listener -> isIpv4(listener.host())).count() == 1
                  && sharing.stream().filter(listener -> isIpv6(listener.host())).count() == 1;
          if (sharing.size() > 1 && !oneEach) {
            problem(
                LISTENERS,
                sharing.stream().map(Listener::toString).collect(Collectors.joining(",")),
                "share port "
                    + port
                    + ", which only an IPv4 and an IPv6 address can do with each other");
          }
        });
  }

  private static boolean isIpv4(String host) {
    return host.matches("[0-9]+\\.[0-9]+\\.[0-9]+\\.[0-9]+");
  }

  private static boolean isIpv6(String host) {
    return host.contains(":");
  }

  private void checkProtocols(List<Listener> listeners) {
    for (Listener listener : listeners) {
      if (!listener.protocol().isSupported()) {
        problem(LISTENERS, listener.toString(), unsupported(listener.protocol()));
      }
    }
    Set<String> opened = names(listeners);
    // Where this node connects to without listening there itself.
    for (String name : values.list(CONTROLLERS)) {
      SecurityProtocol protocol = protocols.get(upper(name));
      if (protocol != null && !protocol.isSupported() && !opened.contains(upper(name))) {
        problem(CONTROLLERS, name, unsupported(protocol));
      }
    }
  }

  private static String unsupported(SecurityProtocol protocol) {
    return "the security protocol "
        + protocol
        + " is not supported yet; "
        + Stream.of(SecurityProtocol.values())
            .filter(SecurityProtocol::isSupported)
            .map(Enum::name)
            .collect(Collectors.joining(" and "))
        + " are";
  }

  private void checkRoles(List<Listener> brokers, List<Listener> controllers) {
    String listeners = String.join(",", values.list(LISTENERS));
    if (!node.isController() && !controllers.isEmpty()) {
      problem(LISTENERS, listeners, "must not have a controller listener on a mere broker");
    }
    if (!node.isBroker() && !brokers.isEmpty()) {
      problem(LISTENERS, listeners, "must only have controller listeners on a mere controller");
    }
    if (!node.isController()) {
      for (String name : controllerNames) {
        if (!protocols.containsKey(name)) {
          problem(CONTROLLERS, name, PROTOCOLS + " has no protocol for " + name);
        }
      }
    } else if (given.containsKey(CONTROLLERS)) {
      Set<String> names = names(controllers);
      for (String name : controllerNames) {
        if (!names.contains(name)) {
          problem(CONTROLLERS, name, "must be the name of one of " + LISTENERS);
        }
      }
    }
    if (node.isBroker() && brokers.isEmpty()) {
      problem(LISTENERS, listeners, "must have a listener that is not for controllers");
    }
  }

  private Optional<String> interBrokerListener() {
    Optional<String> name = values.optionalText(INTER_BROKER);
    if (name.isPresent() && given.containsKey(INTER_BROKER_PROTOCOL)) {
      problem(INTER_BROKER, name.get(), "must not be set together with " + INTER_BROKER_PROTOCOL);
    }
    if (!node.isBroker()
        && name.map(ListenersReader::upper).filter(this::isControllerName).isPresent()) {
      problem(INTER_BROKER, name.get(), "must not be one of " + CONTROLLERS);
    }
    String listener = upper(name.orElse(values.text(INTER_BROKER_PROTOCOL)));
    if (name.isPresent() && !protocols.containsKey(listener)) {
      problem(INTER_BROKER, listener, PROTOCOLS + " has no protocol for " + listener);
    }
    return Optional.of(listener);
  }

  private boolean isControllerName(String name) {
    return controllerNames.contains(name);
  }

  private void checkAdvertised(
      List<Listener> advertised, List<Listener> brokers, Optional<String> interBroker) {
    checkNames(ADVERTISED, advertised);
    if (!node.isBroker()) {
      return;
    }
    Set<String> names = names(advertised);
    if (interBroker.isPresent() && !names.contains(interBroker.get())) {
      String key = given.containsKey(INTER_BROKER) ? INTER_BROKER : INTER_BROKER_PROTOCOL;
      problem(key, interBroker.get(), "must be the name of an advertised listener: " + names);
    }
    for (String name : names) {
      if (!names(brokers).contains(name)) {
        problem(ADVERTISED, name, "must be the name of one of " + LISTENERS);
      }
    }
  }

  /** As Kafka, which takes an empty host for the machine's name, but not the address of "any". */
  private void checkReachable(List<Listener> advertised) {
    boolean explicit = values.isSet(ADVERTISED);
    for (Listener listener : advertised) {
      boolean any = listener.host().equals("0.0.0.0") || (explicit && listener.host().equals("::"));
      if (any) {
        problem(
            explicit ? ADVERTISED : LISTENERS,
            listener.toString(),
            "clients cannot reach this address; set "
                + ADVERTISED
                + " to a name or an address of this machine");
      }
    }
  }

  private void checkEarlyListeners(List<Listener> all) {
    Set<String> names = names(all);
    for (String name : values.optionalList(EARLY).orElse(List.of())) {
      if (!names.contains(upper(name))) {
        problem(EARLY, name, "must be the name of one of " + LISTENERS);
      }
    }
  }

  private static Set<String> names(List<Listener> listeners) {
    return listeners.stream().map(Listener::name).collect(Collectors.toCollection(HashSet::new));
  }

  private static String upper(String name) {
    return name.toUpperCase(Locale.ROOT);
  }

  private void problem(String key, String value, String reason) {
    problems.add(ConfigProblem.of(key, value, reason));
  }
}
