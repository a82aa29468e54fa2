package io.ottla.broker.config;

import io.ottla.broker.tls.JdkTlsContext;
import io.ottla.broker.tls.TlsContext;
import io.ottla.broker.tls.TlsException;
import io.ottla.broker.tls.TlsSettings;
import io.ottla.metadata.config.BrokerKeys;
import io.ottla.metadata.config.ConfigProblem;
import io.ottla.metadata.config.ConfigValues;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Reads the {@code ssl.*} keys of each protected listener: those with the prefix {@code
 * listener.name.<name in lower case>.} win over those without. Opens the stores, so that a bad one
 * is told with all other problems of the file.
 */
final class TlsReader {

  private static final String CLIENT_AUTH = "ssl.client.auth";

  private final ConfigValues values;
  private final Map<String, String> given;
  private final Path baseDirectory;
  private final List<ConfigProblem> problems;

  private TlsReader(
      ConfigValues values,
      Map<String, String> given,
      Path baseDirectory,
      List<ConfigProblem> problems) {
    this.values = values;
    this.given = given;
    this.baseDirectory = baseDirectory;
    this.problems = problems;
  }

  /**
   * @param given the keys that are set, and their text
   * @param baseDirectory what relative file names are relative to
   * @param problems takes what is wrong
   */
  static TlsConfig read(
      ConfigValues values,
      Map<String, String> given,
      ListenersConfig listeners,
      Path baseDirectory,
      List<ConfigProblem> problems) {
    return new TlsReader(values, given, baseDirectory, problems).read(listeners);
  }

  private TlsConfig read(ListenersConfig listeners) {
    Set<String> opened = new HashSet<>();
    Set<String> names = new HashSet<>();
    Stream.concat(listeners.brokers().stream(), listeners.controllers().stream())
        .filter(listener -> listener.protocol() == SecurityProtocol.SSL)
        .forEach(listener -> opened.add(listener.name()));
    names.addAll(opened);
    Optional<String> controllers = listeners.controllerNames().stream().findFirst();
    controllers
        .filter(name -> listeners.protocols().get(name) == SecurityProtocol.SSL)
        .ifPresent(names::add);
    Map<String, TlsContext> contexts = new HashMap<>();
    for (String name : names) {
      new OfListener(name, opened.contains(name))
          .open()
          .ifPresent(context -> contexts.put(name, context));
    }
    return new TlsConfig(contexts, controllers, listeners.interBrokerListener());
  }

  /** The keys of one listener. */
  private final class OfListener {

    private final String prefix;
    private final boolean accepts;
    private boolean isReadable = true;

    OfListener(String name, boolean accepts) {
      this.prefix = "listener.name." + name.toLowerCase(Locale.ROOT) + ".";
      this.accepts = accepts;
    }

    Optional<TlsContext> open() {
      TlsSettings settings = settings();
      if (!isReadable) {
        return Optional.empty(); // told by whoever checks each key by itself
      }
      try {
        return Optional.of(JdkTlsContext.of(settings));
      } catch (TlsException e) {
        ConfigProblem problem = ConfigProblem.of(name(e.key()), e.value(), e.getMessage());
        if (!problems.contains(problem)) {
          problems.add(problem);
        }
        return Optional.empty();
      }
    }

    private TlsSettings settings() {
      return new TlsSettings(
          accepts,
          new TlsSettings.Keys(
              text("ssl.keystore.type").orElse(""),
              path("ssl.keystore.location"),
              text("ssl.keystore.password"),
              text("ssl.key.password"),
              text("ssl.keystore.key"),
              text("ssl.keystore.certificate.chain")),
          new TlsSettings.Trusted(
              text("ssl.truststore.type").orElse(""),
              path("ssl.truststore.location"),
              text("ssl.truststore.password"),
              text("ssl.truststore.certificates")),
          clientAuth(),
          text("ssl.protocol").orElse(""),
          text("ssl.provider"),
          list("ssl.enabled.protocols"),
          list("ssl.cipher.suites"),
          text("ssl.keymanager.algorithm").orElse(""),
          text("ssl.trustmanager.algorithm").orElse(""),
          text("ssl.endpoint.identification.algorithm").orElse(""),
          text("ssl.secure.random.implementation"));
    }

    private TlsSettings.ClientAuth clientAuth() {
      String value = text(CLIENT_AUTH).orElse("none").toUpperCase(Locale.ROOT);
      try {
        return TlsSettings.ClientAuth.valueOf(value);
      } catch (IllegalArgumentException e) {
        isReadable = false;
        return TlsSettings.ClientAuth.NONE;
      }
    }

    /** The name a value was found under. */
    private String name(String key) {
      return given.containsKey(prefix + key) ? prefix + key : key;
    }

    private Object value(String key) {
      String own = given.get(prefix + key);
      if (own == null) {
        return values.value(key);
      }
      try {
        return BrokerKeys.find(key).orElseThrow().parse(own);
      } catch (IllegalArgumentException e) {
        isReadable = false;
        return null;
      }
    }

    private Optional<String> text(String key) {
      return Optional.ofNullable((String) value(key)).filter(text -> !text.isEmpty());
    }

    private Optional<Path> path(String key) {
      return text(key).map(file -> baseDirectory.resolve(file).toAbsolutePath().normalize());
    }

    private List<String> list(String key) {
      Object value = value(key);
      return value == null ? List.of() : ((List<?>) value).stream().map(Object::toString).toList();
    }
  }
}
