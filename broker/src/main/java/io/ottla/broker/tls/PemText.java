package io.ottla.broker.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.KeySpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/** Reads certificates and PKCS#8 keys out of PEM (RFC 7468, KIP-651). */
final class PemText {

  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");

  private static final String CERTIFICATE = "CERTIFICATE";
  private static final String KEY = "PRIVATE KEY";
  private static final String ENCRYPTED_KEY = "ENCRYPTED PRIVATE KEY";
  private static final String PBES2 = "PBES2";
  private static final String PBES2_ID = "1.2.840.113549.1.5.13";

  private static final List<String> KEY_ALGORITHMS = List.of("RSA", "EC", "EdDSA", "DSA");

  private record Block(String label, byte[] bytes) {}

  private final List<Block> blocks = new ArrayList<>();

  /**
   * @throws GeneralSecurityException if a part of it is not base64
   */
  PemText(String text) throws GeneralSecurityException {
    Matcher matcher = BLOCK.matcher(text);
    while (matcher.find()) {
      try {
        byte[] bytes = Base64.getMimeDecoder().decode(matcher.group(2).trim());
        blocks.add(new Block(matcher.group(1), bytes));
      } catch (IllegalArgumentException e) {
        throw new GeneralSecurityException("the " + matcher.group(1) + " is not base64", e);
      }
    }
  }

  /** All certificates, in their order. */
  List<Certificate> certificates() throws GeneralSecurityException {
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    List<Certificate> certificates = new ArrayList<>();
    for (Block block : blocks) {
      if (block.label.equals(CERTIFICATE)) {
        certificates.add(factory.generateCertificate(new ByteArrayInputStream(block.bytes)));
      }
    }
    if (certificates.isEmpty()) {
      throw new GeneralSecurityException("there is no BEGIN CERTIFICATE in it");
    }
    return certificates;
  }

  /** The first private key. */
  PrivateKey key(Optional<String> password) throws GeneralSecurityException {
    for (Block block : blocks) {
      switch (block.label) {
        case KEY -> {
          return key(new PKCS8EncodedKeySpec(block.bytes));
        }
        case ENCRYPTED_KEY -> {
          return key(decrypted(block.bytes, password));
        }
        default -> {
          if (block.label.endsWith(KEY)) {
            throw new GeneralSecurityException(
                "its key is a '"
                    + block.label
                    + "', it must be in PKCS#8; convert it with 'openssl pkcs8 -topk8 -nocrypt'");
          }
        }
      }
    }
    throw new GeneralSecurityException("there is no BEGIN PRIVATE KEY in it");
  }

  private static PrivateKey key(KeySpec spec) throws GeneralSecurityException {
    for (String algorithm : KEY_ALGORITHMS) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(spec);
      } catch (InvalidKeySpecException e) {
        // of another algorithm, or of none
      }
    }
    throw new GeneralSecurityException("its key is of none of the kinds " + KEY_ALGORITHMS);
  }

  private static KeySpec decrypted(byte[] bytes, Optional<String> password)
      throws GeneralSecurityException {
    if (password.isEmpty()) {
      throw new GeneralSecurityException("its key is encrypted; set ssl.key.password");
    }
    try {
      EncryptedPrivateKeyInfo info = new EncryptedPrivateKeyInfo(bytes);
      String name = info.getAlgName();
      boolean isPbes2 = name.equals(PBES2) || name.equals(PBES2_ID);
      // Of PBES2 the parameters tell which ciphers it is made of.
      String algorithm = isPbes2 ? info.getAlgParameters().toString() : name;
      var secret =
          SecretKeyFactory.getInstance(algorithm)
              .generateSecret(new PBEKeySpec(password.get().toCharArray()));
      Cipher cipher = Cipher.getInstance(algorithm);
      cipher.init(Cipher.DECRYPT_MODE, secret, info.getAlgParameters());
      return info.getKeySpec(cipher);
    } catch (IOException | GeneralSecurityException e) {
      throw new GeneralSecurityException(
          "ssl.key.password does not open its key: " + e.getMessage(), e);
    }
  }
}
