package io.ottla.broker.config;

import static io.ottla.broker.tls.TestKeys.PASSWORD;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.ottla.broker.tls.TestKeys;
import io.ottla.metadata.config.ConfigProblem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsReaderTest {

  private static final String NAMES = "ip:127.0.0.1,dns:localhost";

  @TempDir static Path directory;

  private static Path jks;
  private static Path pkcs12;
  private static Path trust;

  @BeforeAll
  static void makeKeys() throws Exception {
    TestKeys keys = new TestKeys(directory);
    jks = keys.keyStore("keys.jks", "JKS", NAMES);
    pkcs12 = keys.keyStore("keys.p12", "PKCS12", NAMES);
    trust = keys.trustStore("trust.p12", "PKCS12", jks, pkcs12);
  }

  private static List<String> lines(String... more) {
    List<String> lines =
        new ArrayList<>(
            List.of(
                "process.roles=broker,controller",
                "node.id=1",
                "listeners=SSL://127.0.0.1:9092,PLAINTEXT://127.0.0.1:9093,"
                    + "CONTROLLER://127.0.0.1:9094",
                "listener.security.protocol.map=SSL:SSL,PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
                "controller.listener.names=CONTROLLER",
                "controller.quorum.voters=1@127.0.0.1:9094"));
    lines.addAll(List.of(more));
    return lines;
  }

  private static TlsConfig read(String... more) throws Exception {
    Path file = directory.resolve("server.properties");
    Files.write(file, lines(more));
    return BrokerConfig.load(file, List.of(), directory).tls();
  }

  private static List<String> problems(String... more) {
    return catchThrowableOfType(InvalidBrokerConfigException.class, () -> read(more))
        .problems()
        .stream()
        .map(ConfigProblem::message)
        .toList();
  }

  private static String secret(String key) {
    return key + "=" + PASSWORD;
  }

  @Test
  void protectsTheListenersThatWantIt() throws Exception {
    TlsConfig tls =
        read(
            "ssl.keystore.location=" + jks,
            secret("ssl.keystore.password"),
            "ssl.truststore.location=" + trust,
            "ssl.truststore.type=PKCS12",
            secret("ssl.truststore.password"));
    assertThat(tls.of("SSL")).isPresent();
    assertThat(tls.of("PLAINTEXT")).isEmpty();
    assertThat(tls.toControllers()).isEmpty();
    assertThat(tls.toBrokers()).isEmpty();
  }

  @Test
  void protectsTheWaysToBrokersAndControllers() throws Exception {
    TlsConfig tls =
        read(
            "ssl.keystore.location=keys.p12", // relative to the base directory
            "ssl.keystore.type=pkcs12",
            secret("ssl.keystore.password"),
            "inter.broker.listener.name=SSL",
            "listener.security.protocol.map=SSL:SSL,PLAINTEXT:PLAINTEXT,CONTROLLER:SSL");
    assertThat(tls.toControllers()).isPresent().isEqualTo(tls.of("CONTROLLER"));
    assertThat(tls.toBrokers()).isPresent().isEqualTo(tls.of("SSL"));
  }

  @Test
  void letsABrokerReachProtectedControllersWithoutAKeyOfItsOwn() throws Exception {
    TlsConfig tls =
        read(
            "process.roles=broker",
            "node.id=2",
            "listeners=PLAINTEXT://127.0.0.1:9093",
            "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:SSL",
            "ssl.truststore.location=" + trust,
            "ssl.truststore.type=PKCS12");
    assertThat(tls.toControllers()).isPresent();
    assertThat(tls.toBrokers()).isEmpty();
  }

  @Test
  void readsPemFromFilesAndFromTheValues() throws Exception {
    Path file = directory.resolve("key.pem");
    Files.writeString(file, TestKeys.keyPem(jks) + TestKeys.certificatePem(jks));
    assertThat(read("ssl.keystore.type=PEM", "ssl.keystore.location=" + file).of("SSL"))
        .isPresent();

    Path encrypted = directory.resolve("encrypted.pem");
    Files.writeString(encrypted, TestKeys.certificatePem(jks) + TestKeys.encryptedKeyPem(jks));
    assertThat(
            read(
                    "ssl.keystore.type=PEM",
                    "ssl.keystore.location=" + encrypted,
                    secret("ssl.key.password"))
                .of("SSL"))
        .isPresent();

    assertThat(
            read(
                    "ssl.keystore.type=PEM",
                    "ssl.keystore.key=" + continued(TestKeys.keyPem(pkcs12)),
                    "ssl.keystore.certificate.chain=" + continued(TestKeys.certificatePem(pkcs12)),
                    "ssl.truststore.type=PEM",
                    "ssl.truststore.certificates=" + continued(TestKeys.certificatePem(jks)))
                .of("SSL"))
        .isPresent();
  }

  private static String continued(String pem) {
    return pem.strip().replace("\r", "").replace("\n", " \\\n");
  }

  @Test
  void prefersTheKeysOfAListener() throws Exception {
    assertThat(
            read(
                    "ssl.keystore.location=/no/such/file",
                    "listener.name.ssl.ssl.keystore.location=" + jks,
                    "listener.name.ssl." + secret("ssl.keystore.password"))
                .of("SSL"))
        .isPresent();
    assertThat(
            problems(
                "listener.name.ssl.ssl.keystore.location=/no/such/file",
                secret("ssl.keystore.password")))
        .containsExactly(
            "listener.name.ssl.ssl.keystore.location=/no/such/file: there is no such file");
  }

  @Test
  void saysWhatIsWrongWithAKeyStore() throws Exception {
    String location = "ssl.keystore.location=";
    assertThat(problems())
        .singleElement()
        .asString()
        .contains("ssl.keystore.location", "must name a file with this node's key");
    assertThat(problems(location + jks))
        .singleElement()
        .asString()
        .contains("ssl.keystore.password", "must be set with ssl.keystore.location");
    assertThat(problems(location + jks, "ssl.keystore.password=wrong"))
        .singleElement()
        .asString()
        .contains("ssl.keystore.password", "does not open " + jks)
        .doesNotContain("wrong");
    assertThat(
            problems(location + trust, "ssl.keystore.type=PKCS12", secret("ssl.keystore.password")))
        .containsExactly(location + trust + ": has no private key; is it a trust store?");
    Path text = directory.resolve("text");
    Files.writeString(text, "nothing of the kind");
    assertThat(problems(location + text, secret("ssl.keystore.password")))
        .singleElement()
        .asString()
        .startsWith(location + text + ": cannot be read as JKS");
    assertThat(problems(location + text, "ssl.keystore.type=PEM"))
        .containsExactly(location + text + ": cannot be used: there is no BEGIN PRIVATE KEY in it");
    assertThat(problems(location + jks, "ssl.keystore.type=PEM"))
        .containsExactly(location + jks + ": is not text, and so not PEM; set its type beside it");
    assertThat(problems(location + jks, "ssl.keystore.type=BOX", secret("ssl.keystore.password")))
        .singleElement()
        .asString()
        .startsWith(location + jks + ": cannot be used as BOX");
    Files.writeString(text, TestKeys.encryptedKeyPem(jks) + TestKeys.certificatePem(jks));
    assertThat(problems(location + text, "ssl.keystore.type=PEM"))
        .containsExactly(
            location + text + ": cannot be used: its key is encrypted; set ssl.key.password");
    assertThat(problems(location + text, "ssl.keystore.type=PEM", "ssl.key.password=wrong"))
        .singleElement()
        .asString()
        .startsWith(location + text + ": cannot be used: ssl.key.password does not open its key");
    Files.writeString(text, TestKeys.keyPem(jks).replace("PRIVATE", "RSA PRIVATE"));
    assertThat(problems(location + text, "ssl.keystore.type=PEM"))
        .singleElement()
        .asString()
        .contains("must be in PKCS#8", "openssl pkcs8 -topk8");
  }

  @Test
  void saysWhatIsWrongWithATrustStore() {
    String[] key = {"ssl.keystore.location=" + jks, secret("ssl.keystore.password")};
    assertThat(problems(key[0], key[1], "ssl.truststore.location=/no/such"))
        .containsExactly("ssl.truststore.location=/no/such: there is no such file");
    assertThat(
            problems(
                key[0],
                key[1],
                "ssl.truststore.location=" + trust,
                "ssl.truststore.type=PKCS12",
                "ssl.truststore.password=wrong"))
        .singleElement()
        .asString()
        .contains("ssl.truststore.password", "does not open " + trust)
        .doesNotContain("wrong");
  }

  @Test
  void refusesProtocolsAndSuitesTheMachineHasNot() {
    String[] key = {"ssl.keystore.location=" + jks, secret("ssl.keystore.password")};
    assertThat(problems(key[0], key[1], "ssl.enabled.protocols=TLSv9"))
        .singleElement()
        .asString()
        .startsWith("ssl.enabled.protocols=TLSv9: ");
    assertThat(problems(key[0], key[1], "ssl.cipher.suites=ROT13"))
        .singleElement()
        .asString()
        .startsWith("ssl.cipher.suites=ROT13: ");
    assertThat(problems(key[0], key[1], "ssl.protocol=TLSv9"))
        .singleElement()
        .asString()
        .startsWith("ssl.protocol=TLSv9: ");
  }
}
