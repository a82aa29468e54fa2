package io.ottla.broker.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.broker.net.Network;
import io.ottla.metadata.config.HostPort;
import io.ottla.runtime.Clock;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class QuorumMessagesTest {

  private static final long LONG_MS = 20_000;

  /** As those of the quorum, but for a machine that may be busy with other tests. */
  private static final PeerSettings PATIENT =
      new PeerSettings(
          PeerSettings.quorum(0).maxAnswerBytes(),
          64,
          256,
          LONG_MS,
          20,
          50,
          60_000,
          OptionalInt.empty(),
          true);

  private final Network network = new Network("auto", 2);
  private final PeerClient client = new PeerClient(network, Runnable::run, Clock.system(), 1);
  private final ConcurrentLinkedQueue<String> received = new ConcurrentLinkedQueue<>();
  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable closeable : open) {
      closeable.close();
    }
    client.close();
    network.close(5_000);
  }

  private TestNode voter(int port, String clusterId, int nodeId) {
    TestNode node =
        new TestNode(
            network,
            port,
            List.of(
                new QuorumMessageHandler(
                    clusterId,
                    nodeId,
                    (from, message) -> {
                      String text = new String(message, 0, Math.min(9, message.length), UTF_8);
                      received.add(from + ":" + text);
                      if (text.equals("fail")) {
                        return CompletableFuture.failedFuture(new IllegalStateException("closed"));
                      }
                      return CompletableFuture.completedFuture(message);
                    })));
    open.add(node);
    return node;
  }

  private static final java.nio.charset.Charset UTF_8 = StandardCharsets.UTF_8;

  private NetworkQuorumTransport transport(String clusterId) {
    NetworkQuorumTransport transport =
        new NetworkQuorumTransport(clusterId, 1, client, Optional.empty(), PATIENT);
    open.addFirst(transport);
    return transport;
  }

  private static byte[] get(CompletableFuture<byte[]> answer) throws Exception {
    return answer.get(LONG_MS, TimeUnit.MILLISECONDS);
  }

  @Test
  void carriesMessagesInOrderAndTheirAnswersBack() throws Exception {
    HostPort address = voter(0, "c", 2).address();
    NetworkQuorumTransport transport = transport("c");
    List<CompletableFuture<byte[]>> answers = new ArrayList<>();
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      answers.add(transport.send(2, address, Integer.toString(i).getBytes(UTF_8), LONG_MS));
      expected.add("1:" + i);
    }
    for (int i = 0; i < 100; i++) {
      assertThat(get(answers.get(i))).asString(UTF_8).isEqualTo(Integer.toString(i));
    }
    assertThat(received).containsExactlyElementsOf(expected);
  }

  @Test
  void carriesMessagesAsLargeAsASnapshotsChunks() throws Exception {
    HostPort address = voter(0, "c", 2).address();
    byte[] large = new byte[7 << 20];
    large[large.length - 1] = 1;
    assertThat(get(transport("c").send(2, address, large, LONG_MS))).isEqualTo(large);
  }

  @Test
  void failsAMessageThatTheOtherVoterCannotTake() {
    HostPort address = voter(0, "c", 2).address();
    assertThatThrownBy(() -> get(transport("c").send(2, address, "fail".getBytes(UTF_8), LONG_MS)))
        .hasMessageContaining("closed");
  }

  @Test
  void refusesAVoterOfAnotherClusterOrOneThatIsNotMeant() {
    HostPort address = voter(0, "c", 2).address();
    assertThatThrownBy(() -> get(transport("other").send(2, address, new byte[1], LONG_MS)))
        .hasMessageContaining("INCONSISTENT_CLUSTER_ID")
        .hasMessageContaining("This is node 2 of cluster c.");
    assertThatThrownBy(() -> get(transport("c").send(3, address, new byte[1], LONG_MS)))
        .hasMessageContaining("This is node 2, not node 3.");
    HostPort twin = voter(0, "c", 1).address();
    assertThatThrownBy(() -> get(transport("c").send(1, twin, new byte[1], LONG_MS)))
        .as("two nodes with one id")
        .hasMessageContaining("INVALID_VOTER_KEY");
    assertThat(received).isEmpty();
  }

  @Test
  void failsAtOnceWhileAVoterIsDownAndReachesItSoonAfterItIsBack() throws Exception {
    TestNode node = voter(0, "c", 2);
    HostPort address = node.address();
    NetworkQuorumTransport transport = transport("c");
    get(transport.send(2, address, new byte[1], LONG_MS));
    node.close();
    while (answers(transport, address)) {
      Thread.onSpinWait(); // its sockets close in the background
    }
    for (int i = 0; i < 20; i++) {
      long begunNs = System.nanoTime();
      assertThatThrownBy(() -> get(transport.send(2, address, new byte[1], LONG_MS)));
      assertThat(System.nanoTime() - begunNs).isLessThan(TimeUnit.SECONDS.toNanos(1));
    }
    voter(address.port(), "c", 2);
    long backNs = System.nanoTime();
    while (!answers(transport, address)) {
      Thread.onSpinWait();
    }
    // The back-off is at most 50 ms; the rest is for a busy machine.
    assertThat(System.nanoTime() - backNs).isLessThan(TimeUnit.SECONDS.toNanos(2));
  }

  private static boolean answers(NetworkQuorumTransport transport, HostPort address) {
    try {
      return get(transport.send(2, address, new byte[1], LONG_MS)).length == 1;
    } catch (Exception e) {
      return false;
    }
  }

  @Test
  void followsAVoterThatHasMoved() throws Exception {
    HostPort before = voter(0, "c", 2).address();
    HostPort after = voter(0, "c", 2).address();
    NetworkQuorumTransport transport = transport("c");
    get(transport.send(2, before, "a".getBytes(UTF_8), LONG_MS));
    get(transport.send(2, after, "b".getBytes(UTF_8), LONG_MS));
    assertThat(received).containsExactly("1:a", "1:b");
  }
}
