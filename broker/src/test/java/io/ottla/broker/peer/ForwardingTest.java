package io.ottla.broker.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.HandlerTable;
import io.ottla.broker.api.Request;
import io.ottla.broker.net.Network;
import io.ottla.metadata.config.HostPort;
import io.ottla.runtime.Clock;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.BrokerHeartbeatRequest;
import io.ottla.wire.message.BrokerHeartbeatResponse;
import io.ottla.wire.message.CreateTopicsRequest;
import io.ottla.wire.message.CreateTopicsResponse;
import io.ottla.wire.message.EnvelopeRequest;
import io.ottla.wire.message.EnvelopeResponse;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Three controllers with real sockets, a broker's way to the active one, and a client of that
 * broker. What a controller does with CreateTopics is the test's to say.
 */
class ForwardingTest {

  private static final long LONG_MS = 20_000;
  private static final short VERSION = 7;
  private static final int SELF = 0;

  private final Network network = new Network("auto", 2);
  private final PeerClient client = new PeerClient(network, Runnable::run, Clock.system(), SELF);
  private final List<TestNode> nodes = new ArrayList<>();
  private final List<ControllerLocations.Location> locations = new ArrayList<>();
  private final BlockingQueue<Request<CreateTopicsRequest>> created = new LinkedBlockingQueue<>();
  private final BlockingQueue<Integer> heartbeats = new LinkedBlockingQueue<>();
  private final ConcurrentHashMap<Long, CompletableFuture<Void>> images = new ConcurrentHashMap<>();

  /** The controller that is active; the broker itself is 0. */
  private volatile int active;

  /** What the broker believes. */
  private volatile int believed = -1;

  private volatile long offset = 77;

  private final LocalController local =
      new LocalController() {
        @Override
        public boolean isActive() {
          return active == SELF;
        }

        @Override
        public CompletableFuture<ApiMessage> call(ApiKey api, ApiMessage request) {
          heartbeats.add(SELF);
          return CompletableFuture.completedFuture(new BrokerHeartbeatResponse());
        }
      };

  private final NetworkControllerChannel channel =
      new NetworkControllerChannel(
          SELF,
          client,
          Optional.empty(),
          PeerSettings.controllers(60_000),
          new ControllerLocations() {
            @Override
            public int activeId() {
              return believed;
            }

            @Override
            public List<Location> controllers() {
              return locations;
            }
          },
          local,
          Clock.system());

  private final ApiHandler<CreateTopicsRequest> createTopics = createTopics();

  private final TestNode broker;

  ForwardingTest() {
    for (int id = 1; id <= 3; id++) {
      TestNode node = controller(id, 0);
      nodes.add(node);
      locations.add(new ControllerLocations.Location(id, node.address()));
    }
    Forwarding forwarding = new Forwarding(channel, this::whenReached, 5_000);
    broker = new TestNode(network, 0, List.of(forwarding.handler(createTopics)));
  }

  private CompletableFuture<Void> whenReached(long wanted) {
    return images.computeIfAbsent(wanted, _ -> new CompletableFuture<>());
  }

  private TestNode controller(int id, int port) {
    return new TestNode(
        network,
        port,
        List.of(
            new EnvelopeHandler(
                () -> active == id, new HandlerTable(List.of(createTopics)), () -> offset),
            TestNode.<BrokerHeartbeatRequest>handler(
                ApiKey.BROKER_HEARTBEAT,
                request -> {
                  ErrorCode error = active == id ? ErrorCode.NONE : ErrorCode.NOT_CONTROLLER;
                  if (active == id) {
                    heartbeats.add(id);
                  }
                  request.respond(new BrokerHeartbeatResponse().errorCode(error.code()));
                },
                (_, error) -> new BrokerHeartbeatResponse().errorCode(error.code()))));
  }

  private ApiHandler<CreateTopicsRequest> createTopics() {
    return TestNode.handler(
        ApiKey.CREATE_TOPICS, created::add, (request, error) -> answer(request, error));
  }

  private static CreateTopicsResponse answer(CreateTopicsRequest request, ErrorCode error) {
    CreateTopicsResponse response = new CreateTopicsResponse();
    for (CreateTopicsRequest.CreatableTopic topic : request.topics()) {
      response
          .topics()
          .add(
              new CreateTopicsResponse.CreatableTopicResult()
                  .name(topic.name())
                  .errorCode(error.code()));
    }
    return response;
  }

  private static void answer(Request<CreateTopicsRequest> request, ErrorCode error) {
    request.respond(answer(request.body(), error));
  }

  @AfterEach
  void close() {
    client.close();
    broker.close();
    nodes.forEach(TestNode::close);
    network.close(5_000);
  }

  private final PeerClient clients = new PeerClient(network, Runnable::run, Clock.system(), 99);

  private CompletableFuture<CreateTopicsResponse> create(HostPort address, String topic) {
    CreateTopicsRequest request = new CreateTopicsRequest().timeoutMs(10_000);
    request.topics().add(new CreateTopicsRequest.CreatableTopic().name(topic));
    PeerConnection connection =
        clients.connect(
            new PeerAddress("The broker", address.host(), address.port()),
            Optional.empty(),
            PeerSettings.controllers(60_000));
    return connection
        .send(ApiKey.CREATE_TOPICS, VERSION, request, LONG_MS)
        .thenApply(answer -> (CreateTopicsResponse) answer.message())
        .whenComplete((_, _) -> connection.close());
  }

  private CompletableFuture<CreateTopicsResponse> create(String topic) {
    return create(broker.address(), topic);
  }

  private Request<CreateTopicsRequest> nextCreated() throws InterruptedException {
    Request<CreateTopicsRequest> request = created.poll(LONG_MS, TimeUnit.MILLISECONDS);
    assertThat(request).as("a request that reached a controller").isNotNull();
    return request;
  }

  private static ErrorCode errorOf(CompletableFuture<CreateTopicsResponse> answer)
      throws Exception {
    return ErrorCode.forCode(
        answer.get(LONG_MS, TimeUnit.MILLISECONDS).topics().getFirst().errorCode());
  }

  @Test
  void passesARequestOnAndAnswersWhenItsOwnImageHasTheChange() throws Exception {
    active = 2;
    CompletableFuture<CreateTopicsResponse> answer = create("t");
    Request<CreateTopicsRequest> request = nextCreated();
    assertThat(request.body().topics().getFirst().name()).isEqualTo("t");
    assertThat(request.version()).isEqualTo(VERSION);
    assertThat(request.clientId()).isEqualTo("ottla-node-99");
    assertThat(request.connection().peer()).isEqualTo(InetAddress.getByName("127.0.0.1"));
    long answeredNs = System.nanoTime();
    answer(request, ErrorCode.NONE);
    while (!images.containsKey(77L)) {
      assertThat(System.nanoTime() - answeredNs).isLessThan(TimeUnit.SECONDS.toNanos(10));
      Thread.onSpinWait();
    }
    assertThat(answer).isNotDone();
    images.get(77L).complete(null);
    assertThat(errorOf(answer)).isEqualTo(ErrorCode.NONE);
    assertThat(System.nanoTime() - answeredNs)
        .as("ns, which must be less than the limit of the wait")
        .isLessThan(TimeUnit.MILLISECONDS.toNanos(Forwarding.IMAGE_WAIT_MS));
  }

  @Test
  void answersAfterASecondEvenIfTheImageLagsBehind() throws Exception {
    active = 1;
    CompletableFuture<CreateTopicsResponse> answer = create("t");
    answer(nextCreated(), ErrorCode.TOPIC_ALREADY_EXISTS);
    assertThat(errorOf(answer)).isEqualTo(ErrorCode.TOPIC_ALREADY_EXISTS);
    assertThat(images).containsOnlyKeys(77L);
  }

  @Test
  void handlesARequestItselfWhereItIsTheActiveController() throws Exception {
    active = SELF;
    believed = 3;
    CompletableFuture<CreateTopicsResponse> answer = create("t");
    Request<CreateTopicsRequest> request = nextCreated();
    assertThat(request.connection().listener()).as("the client's own").isEqualTo("CONTROLLER");
    answer(request, ErrorCode.NONE);
    assertThat(errorOf(answer)).isEqualTo(ErrorCode.NONE);
    assertThat(images).isEmpty();
  }

  @Test
  void looksForTheActiveControllerUntilThereIsOne() throws Exception {
    active = -1;
    believed = 1;
    CompletableFuture<CreateTopicsResponse> answer = create("t");
    assertThat(created.poll(200, TimeUnit.MILLISECONDS)).isNull();
    assertThat(answer).isNotDone();
    active = 3;
    offset = 5;
    images.put(5L, CompletableFuture.completedFuture(null));
    answer(nextCreated(), ErrorCode.NONE);
    assertThat(errorOf(answer)).isEqualTo(ErrorCode.NONE);
  }

  @Test
  void asksTheNextControllerWhenOneIsDeposedWhileItWorks() throws Exception {
    images.put(77L, CompletableFuture.completedFuture(null));
    active = 2;
    CompletableFuture<CreateTopicsResponse> answer = create("t");
    Request<CreateTopicsRequest> atTwo = nextCreated();
    active = 3;
    answer(atTwo, ErrorCode.NOT_CONTROLLER);
    answer(nextCreated(), ErrorCode.NONE);
    assertThat(errorOf(answer)).isEqualTo(ErrorCode.NONE);
  }

  @Test
  void asksTheNextControllerWhenThisNodeIsDeposedWhileItWorks() throws Exception {
    images.put(77L, CompletableFuture.completedFuture(null));
    active = SELF;
    CompletableFuture<CreateTopicsResponse> answer = create("t");
    Request<CreateTopicsRequest> here = nextCreated();
    active = 1;
    answer(here, ErrorCode.NOT_CONTROLLER);
    answer(nextCreated(), ErrorCode.NONE);
    assertThat(errorOf(answer)).isEqualTo(ErrorCode.NONE);
  }

  @Test
  void asksTheNextControllerWhenTheActiveOneDies() throws Exception {
    images.put(77L, CompletableFuture.completedFuture(null));
    active = 2;
    believed = 2;
    CompletableFuture<CreateTopicsResponse> answer = create("t");
    nextCreated();
    nodes.get(1).close();
    active = 3;
    answer(nextCreated(), ErrorCode.NONE);
    assertThat(errorOf(answer)).isEqualTo(ErrorCode.NONE);
  }

  @Test
  void doesNotWaitForAControllerThatStandsStillOnceThereIsAnother() throws Exception {
    images.put(77L, CompletableFuture.completedFuture(null));
    active = 2;
    believed = 2;
    CompletableFuture<CreateTopicsResponse> answer = create("t");
    nextCreated(); // and never answers
    active = 3;
    believed = 3;
    answer(nextCreated(), ErrorCode.NONE);
    assertThat(errorOf(answer)).isEqualTo(ErrorCode.NONE);
  }

  @Test
  void failsInTheWordsOfTheApiWhenNoControllerIsFoundInTime() throws Exception {
    active = -1;
    assertThat(errorOf(create("t"))).isEqualTo(ErrorCode.REQUEST_TIMED_OUT);
    assertThat(created).isEmpty();
  }

  @Test
  void keepsHeartbeatsOutOfTheQueueOfLargeRequests() throws Exception {
    active = 2;
    CompletableFuture<CreateTopicsResponse> stuck = create("t");
    Request<CreateTopicsRequest> request = nextCreated();
    for (int i = 0; i < 5; i++) {
      ApiMessage answer =
          channel
              .send(ApiKey.BROKER_HEARTBEAT, new BrokerHeartbeatRequest(), LONG_MS)
              .get(LONG_MS, TimeUnit.MILLISECONDS);
      assertThat(((BrokerHeartbeatResponse) answer).errorCode()).isZero();
      assertThat(heartbeats.poll()).isEqualTo(2);
    }
    assertThat(stuck).isNotDone();
    images.put(77L, CompletableFuture.completedFuture(null));
    answer(request, ErrorCode.NONE);
    assertThat(errorOf(stuck)).isEqualTo(ErrorCode.NONE);
  }

  @Test
  void takesABrokersRequestInProcessToItsOwnController() throws Exception {
    active = SELF;
    channel
        .send(ApiKey.BROKER_HEARTBEAT, new BrokerHeartbeatRequest(), LONG_MS)
        .get(LONG_MS, TimeUnit.MILLISECONDS);
    assertThat(heartbeats).containsExactly(SELF);
  }

  @Test
  void carriesOutWhatTheNodeItselfAsksFor() throws Exception {
    active = 2;
    images.put(77L, CompletableFuture.completedFuture(null));
    CreateTopicsRequest request = new CreateTopicsRequest();
    request.topics().add(new CreateTopicsRequest.CreatableTopic().name("auto"));
    CompletableFuture<ApiMessage> answer =
        new Forwarding(channel, this::whenReached, 5_000).ask(createTopics, request, VERSION);
    answer(nextCreated(), ErrorCode.NONE);
    assertThat(answer.get(LONG_MS, TimeUnit.MILLISECONDS))
        .isEqualTo(answer(request, ErrorCode.NONE));
  }

  // ---- Envelopes that are no good

  private ErrorCode envelope(EnvelopeRequest envelope) throws Exception {
    active = 1;
    HostPort address = nodes.getFirst().address();
    PeerConnection connection =
        client.connect(
            new PeerAddress("It", address.host(), address.port()),
            Optional.empty(),
            PeerSettings.controllers(60_000));
    try {
      var answer =
          connection.send(ApiKey.ENVELOPE, envelope, LONG_MS).get(LONG_MS, TimeUnit.MILLISECONDS);
      return ErrorCode.forCode(((EnvelopeResponse) answer.message()).errorCode());
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause());
    }
  }

  private static EnvelopeRequest good() throws Exception {
    return Envelopes.wrap(
        ApiKey.CREATE_TOPICS,
        VERSION,
        "c",
        new CreateTopicsRequest(),
        InetAddress.getLoopbackAddress());
  }

  @Test
  void refusesEnvelopesThatAreNoGood() throws Exception {
    byte[] data = good().requestData();
    assertThat(envelope(good().requestData(new byte[3]))).isEqualTo(ErrorCode.INVALID_REQUEST);
    assertThat(envelope(good().requestData(java.util.Arrays.copyOf(data, data.length - 1))))
        .isEqualTo(ErrorCode.INVALID_REQUEST);
    assertThat(envelope(good().requestData(java.util.Arrays.copyOf(data, data.length + 1))))
        .isEqualTo(ErrorCode.INVALID_REQUEST);
    assertThat(envelope(good().clientHostAddress(new byte[5])))
        .isEqualTo(ErrorCode.INVALID_REQUEST);
    assertThat(envelope(good().requestPrincipal(null)))
        .isEqualTo(ErrorCode.PRINCIPAL_DESERIALIZATION_FAILURE);
    assertThat(envelope(good().requestPrincipal(new byte[] {0})))
        .isEqualTo(ErrorCode.PRINCIPAL_DESERIALIZATION_FAILURE);
    byte[] future = data.clone();
    future[3] = 99;
    assertThat(envelope(good().requestData(future))).isEqualTo(ErrorCode.UNSUPPORTED_VERSION);
    byte[] other = data.clone();
    other[1] = (byte) ApiKey.BROKER_HEARTBEAT.id();
    other[3] = 0;
    assertThat(envelope(good().requestData(other))).isEqualTo(ErrorCode.INVALID_REQUEST);
    assertThat(created).isEmpty();
  }
}
