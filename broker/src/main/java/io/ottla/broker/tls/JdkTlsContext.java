package io.ottla.broker.tls;

import io.netty.handler.ssl.SslHandler;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/** TLS by the JDK's own engine. Immutable; any thread. */
public final class JdkTlsContext implements TlsContext {

  private final TlsSettings settings;
  private final SSLContext context;

  private JdkTlsContext(TlsSettings settings, SSLContext context) {
    this.settings = settings;
    this.context = context;
  }

  /**
   * Opens the stores and tries whether everything fits.
   *
   * @throws TlsException if it does not
   */
  public static TlsContext of(TlsSettings settings) throws TlsException {
    SSLContext context = context(settings);
    try {
      context.init(
          TlsStores.keyManagers(settings), TlsStores.trustManagers(settings), random(settings));
    } catch (GeneralSecurityException e) {
      throw new TlsException(TlsStores.KEYSTORE, null, "cannot be used: " + e.getMessage());
    }
    JdkTlsContext made = new JdkTlsContext(settings, context);
    made.tryOut(context.createSSLEngine());
    return made;
  }

  private static SSLContext context(TlsSettings settings) throws TlsException {
    try {
      return settings.provider().isPresent()
          ? SSLContext.getInstance(settings.protocol(), settings.provider().get())
          : SSLContext.getInstance(settings.protocol());
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new TlsException("ssl.protocol", settings.protocol(), e.getMessage());
    }
  }

  private static SecureRandom random(TlsSettings settings) throws TlsException {
    if (settings.secureRandom().isEmpty()) {
      return null;
    }
    String algorithm = settings.secureRandom().get();
    try {
      return SecureRandom.getInstance(algorithm);
    } catch (GeneralSecurityException e) {
      throw new TlsException("ssl.secure.random.implementation", algorithm, e.getMessage());
    }
  }

  private void tryOut(SSLEngine engine) throws TlsException {
    try {
      configureProtocols(engine);
    } catch (IllegalArgumentException e) {
      throw new TlsException(
          "ssl.enabled.protocols", String.join(",", settings.enabledProtocols()), e.getMessage());
    }
    try {
      configureSuites(engine);
    } catch (IllegalArgumentException e) {
      throw new TlsException(
          "ssl.cipher.suites", String.join(",", settings.cipherSuites()), e.getMessage());
    }
  }

  private void configureProtocols(SSLEngine engine) {
    engine.setEnabledProtocols(settings.enabledProtocols().toArray(String[]::new));
  }

  private void configureSuites(SSLEngine engine) {
    if (!settings.cipherSuites().isEmpty()) {
      engine.setEnabledCipherSuites(settings.cipherSuites().toArray(String[]::new));
    }
  }

  @Override
  public SslHandler server() {
    SSLEngine engine = context.createSSLEngine();
    engine.setUseClientMode(false);
    configureProtocols(engine);
    configureSuites(engine);
    switch (settings.clientAuth()) {
      case NONE -> {}
      case REQUESTED -> engine.setWantClientAuth(true);
      case REQUIRED -> engine.setNeedClientAuth(true);
    }
    return new SslHandler(engine);
  }

  @Override
  public SslHandler client(String host, int port) {
    SSLEngine engine = context.createSSLEngine(host, port);
    engine.setUseClientMode(true);
    configureProtocols(engine);
    configureSuites(engine);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm(settings.endpointIdentification());
    engine.setSSLParameters(parameters);
    return new SslHandler(engine);
  }
}
