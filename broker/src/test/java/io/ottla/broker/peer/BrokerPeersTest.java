package io.ottla.broker.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.broker.net.Network;
import io.ottla.metadata.image.BrokerImage;
import io.ottla.metadata.image.Endpoint;
import io.ottla.metadata.image.MetadataDelta;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.runtime.Clock;
import io.ottla.wire.ApiKey;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.HeartbeatRequest;
import io.ottla.wire.message.HeartbeatResponse;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BrokerPeersTest {

  private static final long TIMEOUT_MS = 20_000;

  private final Network network = new Network("auto", 2);
  private final PeerClient client = new PeerClient(network, Runnable::run, Clock.system(), 1);
  private final TestNode first = node(17);
  private final TestNode second = node(18);
  private volatile MetadataImage image = MetadataImage.empty("test");
  private final BrokerPeers peers =
      new BrokerPeers(client, () -> image, "PEERS", Optional.empty(), PeerSettings.brokers(60_000));

  private TestNode node(int answer) {
    return new TestNode(
        network,
        0,
        List.of(
            TestNode.<HeartbeatRequest>handler(
                ApiKey.HEARTBEAT,
                request -> request.respond(new HeartbeatResponse().throttleTimeMs(answer)),
                (_, error) -> new HeartbeatResponse().errorCode(error.code()))));
  }

  @AfterEach
  void close() {
    peers.close();
    client.close();
    first.close();
    second.close();
    network.close(5_000);
  }

  @Test
  void asksABrokerWhereTheMetadataSaysItIs() throws Exception {
    register(2, "PEERS", first.port());
    assertThat(ask(2)).isEqualTo(17);
    register(2, "PEERS", second.port());
    assertThat(ask(2)).isEqualTo(18);
  }

  @Test
  void aBrokerThatIsNotInTheMetadataCannotBeReached() {
    assertThat(reason(2)).isEqualTo(PeerException.Reason.UNREACHABLE);
    register(2, "CLIENTS", first.port());
    assertThat(reason(2)).isEqualTo(PeerException.Reason.UNREACHABLE);
  }

  private int ask(int broker) throws Exception {
    return ((HeartbeatResponse) send(broker).get(TIMEOUT_MS, TimeUnit.MILLISECONDS))
        .throttleTimeMs();
  }

  private PeerException.Reason reason(int broker) {
    try {
      send(broker).get(TIMEOUT_MS, TimeUnit.MILLISECONDS);
      throw new AssertionError("it was answered");
    } catch (ExecutionException e) {
      return ((PeerException) e.getCause()).reason();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private CompletableFuture<?> send(int broker) {
    return peers.send(
        broker, ApiKey.HEARTBEAT, new HeartbeatRequest().groupId("g").memberId("m"), TIMEOUT_MS);
  }

  private void register(int id, String listener, int port) {
    BrokerImage broker =
        new BrokerImage(
            id,
            5,
            Uuid.random(),
            List.of(new Endpoint(listener, "127.0.0.1", port, (short) 0)),
            null,
            new TreeMap<>(),
            List.of(Uuid.random()),
            false);
    image = image.with(new MetadataDelta.BrokerRegistered(broker));
  }
}
