package io.ottla.broker.tls;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What the {@code ssl.*} keys say for one listener.
 *
 * @param accepts whether the listener is opened here, and so needs a key of its own
 * @param keys this node's private key and certificates
 * @param trusted whom this node believes
 * @param clientAuth whether those who connect must show a certificate
 * @param protocol what the JDK's context is made for ({@code ssl.protocol})
 * @param provider of the context; empty for the JDK's choice
 * @param enabledProtocols versions of TLS
 * @param cipherSuites empty for the JDK's choice
 * @param keyManagerAlgorithm {@code ssl.keymanager.algorithm}
 * @param trustManagerAlgorithm {@code ssl.trustmanager.algorithm}
 * @param endpointIdentification how a server's certificate is compared with its name; empty for not
 *     at all
 * @param secureRandom algorithm of the random numbers; empty for the JDK's choice
 */
public record TlsSettings(
    boolean accepts,
    Keys keys,
    Trusted trusted,
    ClientAuth clientAuth,
    String protocol,
    Optional<String> provider,
    List<String> enabledProtocols,
    List<String> cipherSuites,
    String keyManagerAlgorithm,
    String trustManagerAlgorithm,
    String endpointIdentification,
    Optional<String> secureRandom) {

  /** The type of stores that are text in PEM. */
  public static final String PEM = "PEM";

  public TlsSettings {
    enabledProtocols = List.copyOf(enabledProtocols);
    cipherSuites = List.copyOf(cipherSuites);
  }

  /** Whether a client must show a certificate. */
  public enum ClientAuth {
    NONE,
    REQUESTED,
    REQUIRED
  }

  /**
   * A private key with its certificates, from a file or, if that is not given, from text.
   *
   * @param type JKS, PKCS12, PEM or what else the JDK knows
   * @param keyPassword of the key; without it the store's
   * @param pemKey in PKCS#8
   * @param pemChain the key's certificate first
   */
  public record Keys(
      String type,
      Optional<Path> location,
      Optional<String> password,
      Optional<String> keyPassword,
      Optional<String> pemKey,
      Optional<String> pemChain) {

    /** Secrets stay out of logs. */
    @Override
    public String toString() {
      return type + " " + location;
    }
  }

  /**
   * Certificates, from a file or, if that is not given, from text; without both the JDK's own.
   *
   * @param type JKS, PKCS12, PEM or what else the JDK knows
   */
  public record Trusted(
      String type,
      Optional<Path> location,
      Optional<String> password,
      Optional<String> pemCertificates) {

    /** Secrets stay out of logs. */
    @Override
    public String toString() {
      return type + " " + location;
    }
  }
}
