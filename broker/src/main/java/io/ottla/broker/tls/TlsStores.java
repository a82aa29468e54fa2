package io.ottla.broker.tls;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.UnrecoverableKeyException;
import java.security.cert.Certificate;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/** Opens key stores and trust stores of any type; what is wrong with one is said of its key. */
final class TlsStores {

  static final String KEYSTORE = "ssl.keystore.location";
  private static final String KEYSTORE_TYPE = "ssl.keystore.type";
  private static final String KEYSTORE_PASSWORD = "ssl.keystore.password";
  private static final String KEYSTORE_KEY = "ssl.keystore.key";
  private static final String KEYSTORE_CHAIN = "ssl.keystore.certificate.chain";
  private static final String KEY_PASSWORD = "ssl.key.password";
  private static final String TRUSTSTORE = "ssl.truststore.location";
  private static final String TRUSTSTORE_TYPE = "ssl.truststore.type";
  private static final String TRUSTSTORE_PASSWORD = "ssl.truststore.password";
  private static final String TRUSTSTORE_CERTIFICATES = "ssl.truststore.certificates";

  /** Protects keys in memory only. */
  private static final char[] NO_PASSWORD = {};

  private TlsStores() {}

  /** The managers of this node's key; null if it has none and needs none. */
  static KeyManager[] keyManagers(TlsSettings settings) throws TlsException {
    TlsSettings.Keys keys = settings.keys();
    boolean isPem = keys.type().equalsIgnoreCase(TlsSettings.PEM);
    if (keys.location().isEmpty() && keys.pemKey().isEmpty()) {
      if (settings.accepts()) {
        throw new TlsException(
            KEYSTORE, null, "must name a file with this node's key, for clients to connect to");
      }
      return null;
    }
    KeyStore store;
    char[] password;
    if (keys.location().isPresent() && !isPem) {
      if (keys.password().isEmpty()) {
        throw new TlsException(KEYSTORE_PASSWORD, null, "must be set with " + KEYSTORE);
      }
      store =
          open(keys.type(), keys.location().get(), keys.password(), KEYSTORE, KEYSTORE_PASSWORD);
      checkHasKey(store, keys.location().get());
      password = keys.keyPassword().or(keys::password).get().toCharArray();
    } else if (isPem) {
      store = pemKeys(keys);
      password = NO_PASSWORD;
    } else {
      throw new TlsException(
          KEYSTORE_TYPE, keys.type(), "must be PEM, because " + KEYSTORE_KEY + " is set");
    }
    try {
      KeyManagerFactory factory = KeyManagerFactory.getInstance(settings.keyManagerAlgorithm());
      factory.init(store, password);
      return factory.getKeyManagers();
    } catch (UnrecoverableKeyException e) {
      throw new TlsException(KEY_PASSWORD, null, "does not open the key: " + e.getMessage());
    } catch (GeneralSecurityException e) {
      throw new TlsException(
          "ssl.keymanager.algorithm", settings.keyManagerAlgorithm(), e.getMessage());
    }
  }

  private static void checkHasKey(KeyStore store, Path location) throws TlsException {
    try {
      for (String alias : Collections.list(store.aliases())) {
        if (store.isKeyEntry(alias)) {
          return;
        }
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the store was just loaded", e);
    }
    throw new TlsException(
        KEYSTORE, location.toString(), "has no private key; is it a trust store?");
  }

  private static KeyStore pemKeys(TlsSettings.Keys keys) throws TlsException {
    boolean isFile = keys.location().isPresent();
    String blamed = isFile ? KEYSTORE : KEYSTORE_KEY;
    String shown = keys.location().map(Path::toString).orElse(null);
    if (!isFile && keys.pemChain().isEmpty()) {
      throw new TlsException(KEYSTORE_CHAIN, null, "must be set with " + KEYSTORE_KEY);
    }
    String text = isFile ? read(keys.location().get(), KEYSTORE) : keys.pemKey().orElseThrow();
    try {
      PemText key = new PemText(text);
      PemText chain = isFile ? key : new PemText(keys.pemChain().orElseThrow());
      KeyStore store = empty();
      store.setKeyEntry(
          "key",
          key.key(keys.keyPassword()),
          NO_PASSWORD,
          chain.certificates().toArray(Certificate[]::new));
      return store;
    } catch (GeneralSecurityException e) {
      throw new TlsException(blamed, shown, "cannot be used: " + e.getMessage());
    }
  }

  /** The managers of whom this node believes; null for the JDK's own. */
  static TrustManager[] trustManagers(TlsSettings settings) throws TlsException {
    TlsSettings.Trusted trusted = settings.trusted();
    boolean isPem = trusted.type().equalsIgnoreCase(TlsSettings.PEM);
    KeyStore store;
    if (trusted.location().isPresent() && !isPem) {
      store =
          open(
              trusted.type(),
              trusted.location().get(),
              trusted.password(),
              TRUSTSTORE,
              TRUSTSTORE_PASSWORD);
    } else if (trusted.location().isPresent()) {
      Path location = trusted.location().get();
      store = pemTrusted(read(location, TRUSTSTORE), TRUSTSTORE, location.toString());
    } else if (trusted.pemCertificates().isPresent()) {
      if (!isPem) {
        throw new TlsException(
            TRUSTSTORE_TYPE,
            trusted.type(),
            "must be PEM, because " + TRUSTSTORE_CERTIFICATES + " is set");
      }
      store = pemTrusted(trusted.pemCertificates().get(), TRUSTSTORE_CERTIFICATES, null);
    } else {
      return null;
    }
    try {
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(settings.trustManagerAlgorithm());
      factory.init(store);
      return factory.getTrustManagers();
    } catch (GeneralSecurityException e) {
      throw new TlsException(
          "ssl.trustmanager.algorithm", settings.trustManagerAlgorithm(), e.getMessage());
    }
  }

  private static KeyStore pemTrusted(String text, String key, String shown) throws TlsException {
    try {
      List<Certificate> certificates = new PemText(text).certificates();
      KeyStore store = empty();
      for (int i = 0; i < certificates.size(); i++) {
        store.setCertificateEntry("trusted-" + i, certificates.get(i));
      }
      return store;
    } catch (GeneralSecurityException e) {
      throw new TlsException(key, shown, "cannot be used: " + e.getMessage());
    }
  }

  private static KeyStore empty() throws GeneralSecurityException {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, NO_PASSWORD);
      return store;
    } catch (IOException e) {
      throw new GeneralSecurityException(e);
    }
  }

  private static KeyStore open(
      String type, Path location, Optional<String> password, String key, String passwordKey)
      throws TlsException {
    try (InputStream in = Files.newInputStream(location)) {
      KeyStore store = KeyStore.getInstance(type);
      store.load(in, password.map(String::toCharArray).orElse(null));
      return store;
    } catch (NoSuchFileException e) {
      throw new TlsException(key, location.toString(), "there is no such file");
    } catch (IOException e) {
      if (e.getCause() instanceof UnrecoverableKeyException) {
        throw new TlsException(passwordKey, null, "does not open " + location);
      }
      throw new TlsException(
          key, location.toString(), "cannot be read as " + type + ": " + e.getMessage());
    } catch (GeneralSecurityException e) {
      throw new TlsException(
          key, location.toString(), "cannot be used as " + type + ": " + e.getMessage());
    }
  }

  private static String read(Path location, String key) throws TlsException {
    try {
      return Files.readString(location);
    } catch (NoSuchFileException e) {
      throw new TlsException(key, location.toString(), "there is no such file");
    } catch (MalformedInputException e) {
      throw new TlsException(
          key, location.toString(), "is not text, and so not PEM; set its type beside it");
    } catch (IOException e) {
      throw new TlsException(key, location.toString(), "cannot be read: " + e.getMessage());
    }
  }
}
