package io.ottla.broker.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.net.Network;
import io.ottla.broker.tls.JdkTlsContext;
import io.ottla.broker.tls.TestKeys;
import io.ottla.broker.tls.TlsContext;
import io.ottla.broker.tls.TlsSettings;
import io.ottla.broker.tls.TlsSettings.ClientAuth;
import io.ottla.runtime.Clock;
import io.ottla.wire.ApiKey;
import io.ottla.wire.BufferRecords;
import io.ottla.wire.message.FetchRequest;
import io.ottla.wire.message.FetchResponse;
import io.ottla.wire.message.HeartbeatRequest;
import io.ottla.wire.message.HeartbeatResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Connections between nodes over TLS, and what comes of keys that do not fit. */
class PeerTlsTest {

  private static final long LONG_MS = 20_000;
  private static final int RECORD_BYTES = 5_000_000;

  @TempDir static Path directory;

  private static Path node;
  private static Path elsewhere;
  private static Path stranger;
  private static Path trusted;

  private final Network network = new Network("auto", 2);
  private final PeerClient client = new PeerClient(network, Runnable::run, Clock.system(), 1);
  private final byte[] records = new byte[RECORD_BYTES];
  private final List<TestNode> nodes = new ArrayList<>();

  @BeforeAll
  static void makeKeys() throws Exception {
    TestKeys keys = new TestKeys(directory);
    node = keys.keyStore("node", "PKCS12", "ip:127.0.0.1,dns:localhost");
    elsewhere = keys.keyStore("elsewhere", "PKCS12", "dns:elsewhere.example");
    stranger = keys.keyStore("stranger", "PKCS12", "ip:127.0.0.1,dns:localhost");
    trusted = keys.trustStore("trusted", "PKCS12", node, elsewhere);
  }

  @AfterEach
  void close() {
    client.close();
    nodes.forEach(TestNode::close);
    network.close(5_000);
  }

  private static Optional<TlsContext> tls(
      Path keyStore, ClientAuth clientAuth, List<String> protocols) throws Exception {
    return Optional.of(
        JdkTlsContext.of(
            new TlsSettings(
                keyStore != null,
                new TlsSettings.Keys(
                    "PKCS12",
                    Optional.ofNullable(keyStore),
                    Optional.of(TestKeys.PASSWORD),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty()),
                new TlsSettings.Trusted(
                    "PKCS12",
                    Optional.of(trusted),
                    Optional.of(TestKeys.PASSWORD),
                    Optional.empty()),
                clientAuth,
                "TLSv1.3",
                Optional.empty(),
                protocols,
                List.of(),
                "SunX509",
                "PKIX",
                "https",
                Optional.empty())));
  }

  private static Optional<TlsContext> tls(Path keyStore) throws Exception {
    return tls(keyStore, ClientAuth.NONE, List.of("TLSv1.2", "TLSv1.3"));
  }

  private TestNode serve(Optional<TlsContext> tls) {
    new Random(1).nextBytes(records);
    TestNode served = new TestNode(network, 0, handlers(), tls);
    nodes.add(served);
    return served;
  }

  private List<ApiHandler<?>> handlers() {
    return List.of(
        TestNode.<HeartbeatRequest>handler(
            ApiKey.HEARTBEAT,
            request -> request.respond(new HeartbeatResponse().throttleTimeMs(7)),
            (_, error) -> new HeartbeatResponse().errorCode(error.code())),
        TestNode.<FetchRequest>handler(
            ApiKey.FETCH,
            request -> {
              FetchResponse response = new FetchResponse();
              response
                  .responses()
                  .add(
                      new FetchResponse.FetchableTopicResponse()
                          .partitions(
                              List.of(
                                  new FetchResponse.PartitionData()
                                      .records(
                                          new BufferRecords(Unpooled.wrappedBuffer(records))))));
              request.respond(response, RECORD_BYTES, () -> {});
            },
            (_, error) -> new FetchResponse().errorCode(error.code())));
  }

  private PeerConnection connect(TestNode to, String host, Optional<TlsContext> tls) {
    PeerSettings settings =
        new PeerSettings(8 << 20, 16, 100, LONG_MS, 20, 50, 60_000, OptionalInt.empty(), true);
    return client.connect(new PeerAddress("Node 2", host, to.port()), tls, settings);
  }

  private static void heartbeat(PeerConnection connection) {
    HeartbeatResponse answer =
        (HeartbeatResponse)
            connection
                .send(ApiKey.HEARTBEAT, new HeartbeatRequest(), LONG_MS)
                .orTimeout(2 * LONG_MS, TimeUnit.MILLISECONDS)
                .join()
                .message();
    assertThat(answer.throttleTimeMs()).isEqualTo(7);
  }

  private static void assertFails(PeerConnection connection, String because) {
    assertThatThrownBy(() -> heartbeat(connection))
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(PeerException.class)
        .hasMessageContaining(because);
  }

  @Test
  void carriesRequestsAndRecordsOverEachVersionOfTls() throws Exception {
    for (String version : List.of("TLSv1.2", "TLSv1.3")) {
      TestNode served = serve(tls(node, ClientAuth.NONE, List.of(version)));
      PeerConnection connection = connect(served, "127.0.0.1", tls(null));
      heartbeat(connection);
      var answer = connection.send(ApiKey.FETCH, new FetchRequest(), LONG_MS).join();
      BufferRecords received =
          (BufferRecords)
              ((FetchResponse) answer.message())
                  .responses()
                  .getFirst()
                  .partitions()
                  .getFirst()
                  .records();
      assertThat(ByteBufUtil.getBytes(received.buffer())).isEqualTo(records);
      answer.release().run();
    }
  }

  @Test
  void comparesTheCertificateWithTheNameThatWasAskedFor() throws Exception {
    heartbeat(connect(serve(tls(node)), "localhost", tls(null)));
    assertFails(connect(serve(tls(elsewhere)), "127.0.0.1", tls(null)), "its TLS handshake failed");
  }

  @Test
  void trustsOnlyWhomItIsToldToTrust() throws Exception {
    assertFails(connect(serve(tls(stranger)), "127.0.0.1", tls(null)), "its TLS handshake failed");
  }

  @Test
  void wantsACertificateOfThoseWhoConnectIfItIsToldTo() throws Exception {
    for (String version : List.of("TLSv1.2", "TLSv1.3")) {
      TestNode served = serve(tls(node, ClientAuth.REQUIRED, List.of(version)));
      heartbeat(connect(served, "127.0.0.1", tls(node)));
      assertFails(connect(served, "127.0.0.1", tls(null)), "cannot be reached");
      assertFails(connect(served, "127.0.0.1", tls(stranger)), "cannot be reached");
    }
  }

  @Test
  void tellsPlainTextFromTls() throws Exception {
    assertFails(
        connect(serve(tls(node)), "127.0.0.1", Optional.empty()),
        "does its listener have another security protocol?");
    assertFails(connect(serve(Optional.empty()), "127.0.0.1", tls(null)), "cannot be reached");
  }
}
