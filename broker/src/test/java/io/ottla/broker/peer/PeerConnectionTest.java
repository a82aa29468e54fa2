package io.ottla.broker.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.Request;
import io.ottla.broker.net.Network;
import io.ottla.broker.peer.PeerException.Reason;
import io.ottla.replication.PeerAnswer;
import io.ottla.runtime.Clock;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.BufferRecords;
import io.ottla.wire.message.FetchRequest;
import io.ottla.wire.message.FetchResponse;
import io.ottla.wire.message.HeartbeatRequest;
import io.ottla.wire.message.HeartbeatResponse;
import io.ottla.wire.message.QuorumMessageRequest;
import io.ottla.wire.message.VoteRequest;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PeerConnectionTest {

  private static final long LONG_MS = 20_000;
  private static final int RECORD_BYTES = 3_000_000;

  private final Network network = new Network("auto", 2);
  private final PeerClient client = new PeerClient(network, Runnable::run, Clock.system(), 1);
  private final BlockingQueue<Request<HeartbeatRequest>> held = new LinkedBlockingQueue<>();
  private final AtomicInteger fetches = new AtomicInteger();
  private final byte[] records = new byte[RECORD_BYTES];
  private TestNode node = new TestNode(network, 0, handlers());

  PeerConnectionTest() {
    new Random(1).nextBytes(records);
  }

  private List<ApiHandler<?>> handlers() {
    return List.of(
        TestNode.<HeartbeatRequest>handler(
            ApiKey.HEARTBEAT,
            request -> {
              request.releaseFrame();
              held.add(request);
            },
            (_, error) -> new HeartbeatResponse().errorCode(error.code())),
        TestNode.<FetchRequest>handler(
            ApiKey.FETCH,
            request -> {
              fetches.incrementAndGet();
              FetchResponse.PartitionData partition =
                  new FetchResponse.PartitionData()
                      .records(new BufferRecords(Unpooled.wrappedBuffer(records)));
              FetchResponse response = new FetchResponse();
              response
                  .responses()
                  .add(
                      new FetchResponse.FetchableTopicResponse()
                          .partitions(new ArrayList<>(List.of(partition))));
              request.respond(response, RECORD_BYTES, () -> {});
            },
            (_, error) -> new FetchResponse().errorCode(error.code())));
  }

  @AfterEach
  void close() {
    client.close();
    node.close();
    network.close(5_000);
  }

  private PeerSettings settings(int maxInFlight, int maxWaiting) {
    return new PeerSettings(
        8 << 20, maxInFlight, maxWaiting, LONG_MS, 20, 50, 60_000, OptionalInt.empty(), true);
  }

  private PeerConnection connect(int port, PeerSettings settings) {
    return client.connect(new PeerAddress("Node 2", "127.0.0.1", port), Optional.empty(), settings);
  }

  private PeerConnection connect() {
    return connect(node.port(), settings(16, 100));
  }

  private static CompletableFuture<PeerAnswer<ApiMessage>> heartbeat(
      PeerConnection connection, String member, long timeoutMs) {
    return connection.send(
        ApiKey.HEARTBEAT, new HeartbeatRequest().groupId("g").memberId(member), timeoutMs);
  }

  private Request<HeartbeatRequest> nextHeld() throws InterruptedException {
    Request<HeartbeatRequest> request = held.poll(LONG_MS, TimeUnit.MILLISECONDS);
    assertThat(request).as("a request that arrived").isNotNull();
    return request;
  }

  private static Reason reasonOf(CompletableFuture<?> future) {
    try {
      future.get(LONG_MS, TimeUnit.MILLISECONDS);
      throw new AssertionError("it was answered");
    } catch (ExecutionException e) {
      return ((PeerException) e.getCause()).reason();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static HeartbeatResponse get(CompletableFuture<PeerAnswer<ApiMessage>> future)
      throws Exception {
    return (HeartbeatResponse) future.get(LONG_MS, TimeUnit.MILLISECONDS).message();
  }

  @Test
  void sendsManyBeforeTheFirstIsAnsweredAndGivesEachItsAnswer() throws Exception {
    PeerConnection connection = connect();
    List<CompletableFuture<PeerAnswer<ApiMessage>>> sent = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      sent.add(heartbeat(connection, "m" + i, LONG_MS));
    }
    List<Request<HeartbeatRequest>> arrived = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      arrived.add(nextHeld());
      assertThat(arrived.get(i).body().memberId()).isEqualTo("m" + i);
      assertThat(arrived.get(i).clientId()).isEqualTo("ottla-node-1");
    }
    for (Request<HeartbeatRequest> request : arrived.reversed()) {
      int code = Integer.parseInt(request.body().memberId().substring(1));
      request.respond(new HeartbeatResponse().throttleTimeMs(code));
    }
    for (int i = 0; i < 10; i++) {
      assertThat(get(sent.get(i)).throttleTimeMs()).isEqualTo(i);
    }
  }

  @Test
  void holdsBackWhatIsMoreThanMayBeInFlightAndRefusesWhatIsMoreThanMayWait() throws Exception {
    PeerConnection connection = connect(node.port(), settings(2, 3));
    List<CompletableFuture<PeerAnswer<ApiMessage>>> sent = new ArrayList<>();
    sent.add(heartbeat(connection, "0", LONG_MS));
    sent.add(heartbeat(connection, "1", LONG_MS));
    Request<HeartbeatRequest> first = nextHeld();
    Request<HeartbeatRequest> second = nextHeld();
    for (int i = 2; i < 5; i++) {
      sent.add(heartbeat(connection, Integer.toString(i), LONG_MS));
    }
    assertThat(reasonOf(heartbeat(connection, "5", LONG_MS))).isEqualTo(Reason.BUSY);
    assertThat(held).as("not sent yet").isEmpty();
    first.respond(new HeartbeatResponse());
    second.respond(new HeartbeatResponse());
    for (int i = 2; i < 5; i++) {
      Request<HeartbeatRequest> next = nextHeld();
      assertThat(next.body().memberId()).isEqualTo(Integer.toString(i));
      next.respond(new HeartbeatResponse());
    }
    for (CompletableFuture<PeerAnswer<ApiMessage>> answer : sent) {
      get(answer);
    }
  }

  @Test
  void leavesRecordsInTheFrameUntilTheyAreReleased() throws Exception {
    PeerConnection connection = connect();
    PeerAnswer<ApiMessage> answer =
        connection
            .send(ApiKey.FETCH, new FetchRequest(), LONG_MS)
            .get(LONG_MS, TimeUnit.MILLISECONDS);
    FetchResponse response = (FetchResponse) answer.message();
    BufferRecords received =
        (BufferRecords) response.responses().getFirst().partitions().getFirst().records();
    assertThat(ByteBufUtil.getBytes(received.buffer())).isEqualTo(records);
    assertThat(received.buffer().refCnt()).isPositive();
    answer.release().run();
    assertThat(received.buffer().refCnt()).isZero();
  }

  @Test
  void givesBackTheFrameOfAnAnswerNobodyWaitsFor() throws Exception {
    PeerConnection connection = connect();
    CompletableFuture<PeerAnswer<ApiMessage>> cancelled =
        connection.send(ApiKey.FETCH, new FetchRequest(), LONG_MS);
    cancelled.cancel(false);
    // Leak detection tells if the first one's frame was kept.
    PeerAnswer<ApiMessage> second =
        connection
            .send(ApiKey.FETCH, new FetchRequest(), LONG_MS)
            .get(LONG_MS, TimeUnit.MILLISECONDS);
    second.release().run();
    assertThat(fetches).hasValueBetween(1, 2);
  }

  @Test
  void givesUpOnANodeThatSaysNothing() throws Exception {
    PeerConnection connection = connect();
    CompletableFuture<PeerAnswer<ApiMessage>> other = heartbeat(connection, "other", LONG_MS);
    Request<HeartbeatRequest> first = nextHeld();
    assertThat(reasonOf(heartbeat(connection, "late", 100))).isEqualTo(Reason.TIMED_OUT);
    assertThat(reasonOf(other)).isEqualTo(Reason.LOST);
    first.respond(new HeartbeatResponse()); // nobody hears it

    CompletableFuture<PeerAnswer<ApiMessage>> again = heartbeat(connection, "again", LONG_MS);
    Request<HeartbeatRequest> request = nextHeld();
    while (!request.body().memberId().equals("again")) {
      request = nextHeld();
    }
    request.respond(new HeartbeatResponse());
    get(again);
  }

  @Test
  void failsAtOnceWhenNobodyListensAndConnectsWhenSomebodyDoesAgain() throws Exception {
    PeerConnection connection = connect();
    CompletableFuture<PeerAnswer<ApiMessage>> before = heartbeat(connection, "before", LONG_MS);
    nextHeld();
    int port = node.port();
    node.close();
    assertThat(reasonOf(before)).isEqualTo(Reason.LOST);

    long begunNs = System.nanoTime();
    assertThat(reasonOf(heartbeat(connection, "down", LONG_MS))).isEqualTo(Reason.UNREACHABLE);
    assertThat(reasonOf(heartbeat(connection, "down", LONG_MS))).isEqualTo(Reason.UNREACHABLE);
    assertThat(System.nanoTime() - begunNs).isLessThan(TimeUnit.SECONDS.toNanos(1));

    node = new TestNode(network, port, handlers());
    long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LONG_MS);
    CompletableFuture<PeerAnswer<ApiMessage>> again = heartbeat(connection, "up", LONG_MS);
    while (held.poll(10, TimeUnit.MILLISECONDS) == null) {
      assertThat(System.nanoTime()).isLessThan(deadlineNs);
      if (again.isCompletedExceptionally()) {
        again = heartbeat(connection, "up", LONG_MS);
      }
    }
  }

  @Test
  void refusesWhatTheOtherNodeDoesNotServe() {
    assertThat(reasonOf(connect().send(ApiKey.VOTE, new VoteRequest(), LONG_MS)))
        .isEqualTo(Reason.UNSUPPORTED);
  }

  /** The server ends connections that ask for what it has not. */
  @Test
  void sendsPrivateRequestsThoughTheyAreNotAdvertised() {
    assertThat(reasonOf(connect().send(ApiKey.QUORUM_MESSAGE, new QuorumMessageRequest(), LONG_MS)))
        .isEqualTo(Reason.LOST);
  }

  @Test
  void failsAllThatWaitWhenItIsClosedUnderLoad() throws Exception {
    PeerConnection connection = connect(node.port(), settings(8, 10_000));
    ConcurrentLinkedQueue<CompletableFuture<PeerAnswer<ApiMessage>>> sent =
        new ConcurrentLinkedQueue<>();
    List<Thread> senders = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      senders.add(
          Thread.ofVirtual()
              .start(
                  () -> {
                    for (int j = 0; j < 2_000; j++) {
                      sent.add(
                          connection.send(ApiKey.FETCH, new FetchRequest().maxBytes(1), LONG_MS));
                    }
                  }));
    }
    while (fetches.get() < 5) {
      Thread.onSpinWait();
    }
    connection.close();
    for (Thread sender : senders) {
      sender.join();
    }
    int answered = 0;
    for (CompletableFuture<PeerAnswer<ApiMessage>> future : sent) {
      try {
        future.get(LONG_MS, TimeUnit.MILLISECONDS).release().run();
        answered++;
      } catch (ExecutionException e) {
        assertThat(((PeerException) e.getCause()).reason())
            .isIn(Reason.CLOSED, Reason.LOST, Reason.BUSY);
      }
    }
    assertThat(sent).hasSize(6_000);
    assertThat(answered).isLessThan(6_000);
    assertThatThrownBy(() -> heartbeat(connection, "after", LONG_MS).join())
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(PeerException.class)
        .hasMessageContaining("was closed here");
  }

  // ---- A node that misbehaves

  /** Accepts one connection, swallows one request, and answers with these bytes. */
  private static ServerSocket answering(byte[] bytes) throws IOException {
    ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    Thread.ofVirtual()
        .start(
            () -> {
              try (Socket socket = server.accept()) {
                DataInputStream in = new DataInputStream(socket.getInputStream());
                in.skipNBytes(in.readInt());
                new DataOutputStream(socket.getOutputStream()).write(bytes);
                in.read(); // until the other side closes
              } catch (IOException e) {
                // the test looks at the other side
              }
            });
    return server;
  }

  private void assertUnreachable(byte[] answer, String because) throws Exception {
    try (ServerSocket server = answering(answer)) {
      PeerConnection connection = connect(server.getLocalPort(), settings(16, 100));
      assertThatThrownBy(() -> heartbeat(connection, "m", LONG_MS).join())
          .hasCauseInstanceOf(PeerException.class)
          .hasMessageContaining("cannot be reached")
          .hasMessageContaining(because);
    }
  }

  @Test
  void refusesAnAnswerThatIsTooLong() throws Exception {
    assertUnreachable(new byte[] {0x7f, 0, 0, 0}, "allowed are 1 to 8388608");
    assertUnreachable(new byte[] {-1, 0, 0, 0}, "allowed are 1 to 8388608");
  }

  @Test
  void refusesAnAnswerThatCannotBeRead() throws Exception {
    assertUnreachable(new byte[] {0, 0, 0, 5, 0, 0, 0, 0, 0}, "cannot be read");
    assertUnreachable(new byte[] {0, 0, 0, 4, 0, 0, 0, 9}, "correlation id 9");
    assertUnreachable("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes("US-ASCII"), "allowed are 1 to");
  }

  @Test
  void givesUpOnANodeThatAcceptsAndStaysSilent() throws Exception {
    try (ServerSocket server = answering(new byte[0])) {
      PeerSettings quick =
          new PeerSettings(1_000, 1, 10, 200, 20, 50, 60_000, OptionalInt.empty(), true);
      PeerConnection connection = connect(server.getLocalPort(), quick);
      assertThatThrownBy(() -> heartbeat(connection, "m", LONG_MS).join())
          .hasMessageContaining("it did not answer for 200 ms");
    }
  }

  @Test
  void closesAConnectionThatIsIdleAndMakesItAgain() throws Exception {
    PeerSettings impatient =
        new PeerSettings(1_000, 1, 10, LONG_MS, 20, 50, 50, OptionalInt.empty(), true);
    PeerConnection connection = connect(node.port(), impatient);
    for (int i = 0; i < 3; i++) {
      CompletableFuture<PeerAnswer<ApiMessage>> answer = heartbeat(connection, "m", LONG_MS);
      Request<HeartbeatRequest> request = nextHeld();
      CompletableFuture<Void> gone = new CompletableFuture<>();
      request
          .connection()
          .eventLoop()
          .execute(() -> request.connection().whenClosed(() -> gone.complete(null)));
      request.respond(new HeartbeatResponse());
      get(answer);
      gone.get(LONG_MS, TimeUnit.MILLISECONDS);
    }
  }

  @Test
  void saysThatANameIsNotKnown() {
    PeerConnection connection =
        client.connect(
            new PeerAddress("Node 2", "no-such-host.invalid", 9), Optional.empty(), settings(1, 1));
    assertThatThrownBy(() -> heartbeat(connection, "m", LONG_MS).join())
        .hasMessageContaining("its name is not known");
  }
}
