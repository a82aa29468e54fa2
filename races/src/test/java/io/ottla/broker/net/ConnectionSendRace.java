package io.ottla.broker.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.DefaultEventLoopGroup;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.local.LocalChannel;
import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.HandlerTable;
import io.ottla.broker.api.Request;
import io.ottla.races.Daemons;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.ProtocolWriter;
import io.ottla.wire.message.HeartbeatRequest;
import io.ottla.wire.message.HeartbeatResponse;
import io.ottla.wire.message.RequestHeader;
import java.util.ArrayList;
import java.util.List;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.Z_Result;

/**
 * Two shards end requests of one connection, which asks its event loop once for both to be sent.
 */
@JCStressTest
@Description("No request that has ended stays behind in its connection")
@Outcome(id = "true", expect = Expect.ACCEPTABLE, desc = "Both have left")
@State
public class ConnectionSendRace {

  private static final EventLoopGroup LOOPS = new DefaultEventLoopGroup(1, DaemonThreads.INSTANCE);
  private static final short VERSION = 4;

  private final List<Request<HeartbeatRequest>> requests = new ArrayList<>();
  private volatile boolean drained;

  /** Keeps requests until the actors answer them. */
  private final class Kept implements ApiHandler<HeartbeatRequest> {

    @Override
    public ApiKey api() {
      return ApiKey.HEARTBEAT;
    }

    @Override
    public void handle(Request<HeartbeatRequest> request) {
      requests.add(request);
    }

    @Override
    public ApiMessage failure(HeartbeatRequest request, short version, ErrorCode error) {
      return new HeartbeatResponse().errorCode(error.code());
    }
  }

  public ConnectionSendRace() {
    LocalChannel channel = new LocalChannel();
    LOOPS.register(channel).syncUninterruptibly();
    RequestMemory memory = new RequestMemory(0);
    Connection connection =
        new Connection(
            channel,
            "PLAINTEXT",
            1_000,
            memory,
            new ReceiveBuffers(),
            new RequestDecoder(new HandlerTable(List.of(new Kept()))),
            new ResponseEncoder(false, UnsentSlices.IGNORED));
    channel
        .eventLoop()
        .submit(
            () -> {
              connection.onFrame(frame(memory));
              connection.onFrame(frame(memory));
              connection.drain(() -> drained = true);
            })
        .syncUninterruptibly();
  }

  private static Frame frame(RequestMemory memory) {
    ByteBuf bytes = Unpooled.buffer();
    ProtocolWriter writer = new ProtocolWriter(bytes);
    new RequestHeader()
        .requestApiKey(ApiKey.HEARTBEAT.id())
        .requestApiVersion(VERSION)
        .clientId("race")
        .write(writer, ApiKey.HEARTBEAT.requestHeaderVersion(VERSION));
    new HeartbeatRequest().groupId("g").memberId("m").write(writer, VERSION);
    var _ = memory.tryAdmit(bytes.readableBytes());
    return new Frame(bytes, memory);
  }

  @Actor
  public void one() {
    requests.get(0).finishSilently();
  }

  @Actor
  public void another() {
    requests.get(1).finishSilently();
  }

  @Arbiter
  public void judge(Z_Result result) {
    result.r1 = Daemons.await(() -> drained);
  }
}
