package io.ottla.broker.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.PBEParameterSpec;

/** Keys and certificates for tests, made by the JDK's keytool in a directory of the test's. */
public final class TestKeys {

  public static final String PASSWORD = "secret";

  private static final String ALIAS = "node";
  private static final String ENCRYPTION = "PBEWithHmacSHA256AndAES_256";

  private final Path directory;

  public TestKeys(Path directory) {
    this.directory = directory;
  }

  /**
   * A new key that certifies itself.
   *
   * @param names the certificate's, as keytool wants them: {@code ip:127.0.0.1,dns:localhost}
   */
  public Path keyStore(String file, String type, String names) {
    Path store = directory.resolve(file);
    keytool(
        "-genkeypair",
        "-alias",
        ALIAS,
        "-keyalg",
        "EC",
        "-groupname",
        "secp256r1",
        "-dname",
        "CN=" + file,
        "-ext",
        "san=" + names,
        "-validity",
        "30",
        "-storetype",
        type,
        "-keystore",
        store.toString(),
        "-storepass",
        PASSWORD,
        "-keypass",
        PASSWORD);
    return store;
  }

  /** A store with the certificates of key stores, and no key. */
  public Path trustStore(String file, String type, Path... keyStores) throws Exception {
    KeyStore trusted = KeyStore.getInstance(type);
    trusted.load(null, null);
    for (Path keyStore : keyStores) {
      trusted.setCertificateEntry(keyStore.getFileName().toString(), certificate(keyStore));
    }
    Path store = directory.resolve(file);
    try (var out = Files.newOutputStream(store)) {
      trusted.store(out, PASSWORD.toCharArray());
    }
    return store;
  }

  private static void keytool(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of(arguments));
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String output = new String(process.getInputStream().readAllBytes());
      assertThat(process.waitFor()).as(output).isZero();
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static KeyStore open(Path keyStore) throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance(keyStore.toFile(), PASSWORD.toCharArray());
    try (InputStream in = Files.newInputStream(keyStore)) {
      store.load(in, PASSWORD.toCharArray());
    }
    return store;
  }

  private static Certificate certificate(Path keyStore) throws Exception {
    return open(keyStore).getCertificate(ALIAS);
  }

  private static String pem(String label, byte[] bytes) {
    return "-----BEGIN "
        + label
        + "-----\n"
        + Base64.getMimeEncoder().encodeToString(bytes)
        + "\n-----END "
        + label
        + "-----\n";
  }

  public static String certificatePem(Path keyStore) throws Exception {
    return pem("CERTIFICATE", certificate(keyStore).getEncoded());
  }

  private static PrivateKey key(Path keyStore) throws Exception {
    return (PrivateKey) open(keyStore).getKey(ALIAS, PASSWORD.toCharArray());
  }

  public static String keyPem(Path keyStore) throws Exception {
    return pem("PRIVATE KEY", key(keyStore).getEncoded());
  }

  /** The key under {@link #PASSWORD}, by PBES2. */
  public static String encryptedKeyPem(Path keyStore) throws Exception {
    Cipher cipher = Cipher.getInstance(ENCRYPTION);
    cipher.init(
        Cipher.ENCRYPT_MODE,
        SecretKeyFactory.getInstance(ENCRYPTION)
            .generateSecret(new PBEKeySpec(PASSWORD.toCharArray())),
        new PBEParameterSpec(new byte[] {1, 2, 3, 4, 5, 6, 7, 8}, 1_000));
    AlgorithmParameters parameters = cipher.getParameters();
    byte[] encrypted = cipher.doFinal(key(keyStore).getEncoded());
    byte[] algorithm = der(0x30, PBES2, parameters.getEncoded());
    return pem("ENCRYPTED PRIVATE KEY", der(0x30, algorithm, der(0x04, encrypted)));
  }

  /** The object identifier of PBES2; the JDK cannot write it by itself. */
  private static final byte[] PBES2 = HexFormat.of().parseHex("06092a864886f70d01050d");

  private static byte[] der(int tag, byte[]... parts) {
    ByteBuf content = Unpooled.wrappedBuffer(parts);
    int length = content.readableBytes();
    ByteBuf out = Unpooled.buffer().writeByte(tag);
    if (length < 0x80) {
      out.writeByte(length);
    } else {
      out.writeByte(0x82).writeShort(length);
    }
    return ByteBufUtil.getBytes(out.writeBytes(content));
  }
}
