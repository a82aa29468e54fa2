package io.ottla.broker.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.broker.net.Network;
import io.ottla.metadata.image.BrokerImage;
import io.ottla.metadata.image.Endpoint;
import io.ottla.wire.Uuid;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkBrokerProbeTest {

  private Network network;

  @AfterEach
  void close() {
    network.close(5_000);
  }

  @ParameterizedTest
  @ValueSource(strings = {"auto", "nio"})
  void takesABrokerForGoneWhenNobodyListensAtItsAddress(String transport) throws Exception {
    int port;
    try (ServerSocket socket = listen()) {
      port = socket.getLocalPort();
      assertThat(isGone(transport, "127.0.0.1", port)).isFalse();
    }
    assertThat(isGone(transport, "127.0.0.1", port)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"auto", "nio"})
  void claimsNothingOfABrokerItCannotAsk(String transport) throws Exception {
    assertThat(isGone(transport, "no-such-host.invalid", 9092)).isFalse();
  }

  private boolean isGone(String transport, String host, int port)
      throws ExecutionException, InterruptedException, TimeoutException {
    if (network == null) {
      network = new Network(transport, 1);
    }
    BrokerImage broker =
        new BrokerImage(
            2,
            5,
            Uuid.random(),
            List.of(new Endpoint("PEERS", host, port, (short) 0)),
            null,
            new TreeMap<>(),
            List.of(Uuid.random()),
            false);
    return new NetworkBrokerProbe(network, Runnable::run, Optional.of("PEERS"))
        .isGone(broker)
        .get(30, TimeUnit.SECONDS);
  }

  private static ServerSocket listen() throws IOException {
    return new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"));
  }
}
