package io.ottla.broker.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.HandlerTable;
import io.ottla.broker.api.Request;
import io.ottla.runtime.ManualClock;
import io.ottla.runtime.ManualShard;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.ProtocolReader;
import io.ottla.wire.ProtocolWriter;
import io.ottla.wire.message.ApiVersionsRequest;
import io.ottla.wire.message.ApiVersionsResponse;
import io.ottla.wire.message.HeartbeatRequest;
import io.ottla.wire.message.HeartbeatResponse;
import io.ottla.wire.message.RequestHeader;
import io.ottla.wire.message.ResponseHeader;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ConnectionTest {

  private static final short VERSION = 4;

  private final List<Request<HeartbeatRequest>> received = new ArrayList<>();
  private final RequestMemory memory = new RequestMemory(0);
  private final HeartbeatHandler heartbeats = new HeartbeatHandler();
  private final EmbeddedChannel channel = open();

  /** Keeps requests until the test answers them. */
  private final class HeartbeatHandler implements ApiHandler<HeartbeatRequest> {

    boolean broken;

    @Override
    public ApiKey api() {
      return ApiKey.HEARTBEAT;
    }

    @Override
    public void handle(Request<HeartbeatRequest> request) {
      if (broken) {
        throw new IllegalStateException("as the test wants");
      }
      received.add(request);
    }

    @Override
    public ApiMessage failure(HeartbeatRequest request, short version, ErrorCode error) {
      return new HeartbeatResponse().errorCode(error.code());
    }
  }

  private static final class VersionsHandler implements ApiHandler<ApiVersionsRequest> {

    @Override
    public ApiKey api() {
      return ApiKey.API_VERSIONS;
    }

    @Override
    public void handle(Request<ApiVersionsRequest> request) {
      request.fail(request.version() < 0 ? ErrorCode.UNSUPPORTED_VERSION : ErrorCode.NONE);
    }

    @Override
    public ApiMessage failure(ApiVersionsRequest request, short version, ErrorCode error) {
      return new ApiVersionsResponse().errorCode(error.code());
    }
  }

  private EmbeddedChannel open() {
    EmbeddedChannel opened =
        new EmbeddedChannel() {
          @Override
          protected SocketAddress remoteAddress0() {
            return new InetSocketAddress("127.0.0.1", 40_000);
          }
        };
    HandlerTable table = new HandlerTable(List.of(heartbeats, new VersionsHandler()));
    Connection connection =
        new Connection(
            opened,
            "PLAINTEXT",
            1_000_000,
            memory,
            new ReceiveBuffers(),
            new RequestDecoder(table),
            new ResponseEncoder(false, UnsentSlices.IGNORED));
    opened.pipeline().addLast(connection.frameDecoder(), connection);
    return opened;
  }

  private static ByteBuf frame(ApiMessage body, ApiKey api, short version, int correlationId) {
    RequestHeader header =
        new RequestHeader()
            .requestApiKey(api.id())
            .requestApiVersion(version)
            .correlationId(correlationId)
            .clientId("test");
    short headerVersion = api.requestHeaderVersion(version);
    int size = header.size(headerVersion) + body.size(version);
    ByteBuf out = Unpooled.buffer();
    out.writeInt(size);
    ProtocolWriter writer = new ProtocolWriter(out);
    header.write(writer, headerVersion);
    body.write(writer, version);
    return out;
  }

  private void send(int correlationId) {
    channel.writeInbound(
        frame(
            new HeartbeatRequest().groupId("g").memberId("m"),
            ApiKey.HEARTBEAT,
            VERSION,
            correlationId));
  }

  private static HeartbeatResponse response(int error) {
    return new HeartbeatResponse().errorCode((short) error);
  }

  /** Correlation id and error code of the next response, or null. */
  private int[] nextResponse() {
    channel.runPendingTasks();
    ByteBuf out = channel.readOutbound();
    if (out == null) {
      return null;
    }
    try {
      assertThat(out.readInt()).isEqualTo(out.readableBytes());
      ProtocolReader reader = new ProtocolReader(out);
      ResponseHeader header = new ResponseHeader();
      header.read(reader, ApiKey.HEARTBEAT.responseHeaderVersion(VERSION));
      HeartbeatResponse body = new HeartbeatResponse();
      body.read(reader, VERSION);
      return new int[] {header.correlationId(), body.errorCode()};
    } finally {
      out.release();
    }
  }

  @AfterEach
  void releaseWhatNobodyRead() {
    channel.finishAndReleaseAll();
  }

  @Test
  void sendsResponsesInTheOrderOfTheRequests() {
    send(1);
    send(2);
    send(3);

    received.get(2).respond(response(30));
    received.get(0).respond(response(10));
    assertThat(nextResponse()).containsExactly(1, 10);
    assertThat(nextResponse()).isNull();

    received.get(1).respond(response(20));
    assertThat(nextResponse()).containsExactly(2, 20);
    assertThat(nextResponse()).containsExactly(3, 30);
    assertThat(memory.usedBytes()).isZero();
  }

  @Test
  void leavesOutTheResponseOfARequestThatWantsNone() {
    send(1);
    send(2);

    received.get(1).respond(response(0));
    received.get(0).finishSilently();

    assertThat(nextResponse()).containsExactly(2, 0);
  }

  @Test
  void answersWithTheHandlersFailureWhenItThrows() {
    heartbeats.broken = true;

    send(7);

    assertThat(nextResponse()).containsExactly(7, ErrorCode.UNKNOWN_SERVER_ERROR.code());
  }

  @Test
  void refusesASecondAnswer() {
    send(1);
    received.get(0).respond(response(0));

    org.assertj.core.api.Assertions.assertThatThrownBy(() -> received.get(0).respond(response(0)))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void closesOnAnUnknownApiKey() {
    channel.writeInbound(Unpooled.buffer().writeInt(8).writeShort(999).writeShort(0).writeInt(1));

    assertThat(channel.isOpen()).isFalse();
    assertThat(memory.usedBytes()).isZero();
  }

  @Test
  void closesOnAVersionItDoesNotServe() {
    channel.writeInbound(
        Unpooled.buffer().writeInt(8).writeShort(ApiKey.HEARTBEAT.id()).writeShort(77).writeInt(1));

    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void answersApiVersionsOfAnUnknownVersionInVersionZero() {
    channel.writeInbound(
        Unpooled.buffer()
            .writeInt(8)
            .writeShort(ApiKey.API_VERSIONS.id())
            .writeShort(99)
            .writeInt(5));

    ByteBuf out = channel.readOutbound();
    out.skipBytes(Integer.BYTES);
    assertThat(out.readInt()).isEqualTo(5);
    assertThat(out.readShort()).isEqualTo(ErrorCode.UNSUPPORTED_VERSION.code());
    out.release();
  }

  @Test
  void closesOnBytesBehindTheEndOfARequest() {
    ByteBuf frame =
        frame(new HeartbeatRequest().groupId("g").memberId("m"), ApiKey.HEARTBEAT, VERSION, 1);
    frame.setInt(0, frame.getInt(0) + 1).writeByte(0);

    channel.writeInbound(frame);

    assertThat(channel.isOpen()).isFalse();
    assertThat(received).isEmpty();
  }

  @Test
  void stopsReadingAConnectionWithTooManyRequestsInWork() {
    for (int i = 0; i < Connection.MAX_IN_FLIGHT + 10; i++) {
      send(i);
    }
    assertThat(received).hasSize(Connection.MAX_IN_FLIGHT);
    assertThat(channel.config().isAutoRead()).isFalse();

    received.get(0).respond(response(0));
    channel.runPendingTasks();
    assertThat(received).hasSize(Connection.MAX_IN_FLIGHT + 1);

    for (int i = 1; i < Connection.MAX_IN_FLIGHT + 10; i++) {
      received.get(i).respond(response(0));
      channel.runPendingTasks();
    }
    assertThat(channel.config().isAutoRead()).isTrue();
    channel.releaseOutbound();
  }

  @Test
  void waitsUnreadUntilAFullRingTakesItsWorkInOrder() {
    ManualShard shard = new ManualShard(0, 1, new ManualClock(0));
    List<String> ran = new ArrayList<>();
    send(1);
    var connection = received.get(0).connection();

    connection.dispatch(shard, () -> ran.add("first"));
    connection.dispatch(shard, () -> ran.add("second"));
    connection.dispatch(shard, () -> ran.add("third"));
    assertThat(channel.config().isAutoRead()).isFalse();
    for (int i = 0; i < 3; i++) {
      shard.turn();
      channel.advanceTimeBy(1, java.util.concurrent.TimeUnit.MILLISECONDS);
      channel.runScheduledPendingTasks();
    }
    shard.turn();

    assertThat(ran).containsExactly("first", "second", "third");
    assertThat(channel.config().isAutoRead()).isTrue();
  }

  @Test
  void givesBackWhatAResponseHoldsWhenTheConnectionIsGone() {
    send(1);
    channel.close();
    int[] released = new int[1];

    received.get(0).respond(response(0), 0, () -> released[0]++);
    channel.runPendingTasks();

    assertThat(released[0]).isEqualTo(1);
  }

  @Test
  void runsCloseHooksThatWereNotForgotten() {
    send(1);
    List<String> ran = new ArrayList<>();
    received.get(0).connection().whenClosed(() -> ran.add("kept"));
    received.get(0).connection().whenClosed(() -> ran.add("forgotten")).run();

    channel.close();

    assertThat(ran).containsExactly("kept");
  }
}
