package io.ottla.compat.cluster;

import io.ottla.compat.broker.Script;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A key and a certificate for 127.0.0.1 that signs itself, in stores made with the JDK's keytool.
 */
public record Certificate(Path keyStore, Path trustStore, String password) {
  private static final String PASSWORD = "for tests only";

  /** A new one, in a directory of its own that goes with the process. */
  public static Certificate generate() {
    try {
      Path directory = Files.createTempDirectory("certificate");
      Certificate certificate =
          new Certificate(directory.resolve("key.p12"), directory.resolve("trust.p12"), PASSWORD);
      Path exported = directory.resolve("certificate.cer");
      keytool(
          directory,
          certificate.keyStore,
          "-genkeypair",
          "-alias",
          "node",
          "-keyalg",
          "EC",
          "-dname",
          "CN=node",
          "-ext",
          "SAN=IP:127.0.0.1,DNS:localhost",
          "-validity",
          "365");
      keytool(
          directory,
          certificate.keyStore,
          "-exportcert",
          "-alias",
          "node",
          "-file",
          exported.toString());
      keytool(
          directory,
          certificate.trustStore,
          "-importcert",
          "-noprompt",
          "-alias",
          "node",
          "-file",
          exported.toString());
      for (Path file : List.of(directory, certificate.keyStore, certificate.trustStore, exported)) {
        file.toFile().deleteOnExit();
      }
      return certificate;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void keytool(Path directory, Path store, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of(arguments));
    command.addAll(
        List.of("-storetype", "PKCS12", "-keystore", store.toString(), "-storepass", PASSWORD));
    try {
      Script.run(directory, Map.of(), command.toArray(String[]::new)).expectSuccess();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }
}
