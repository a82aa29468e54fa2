package io.ottla.broker.net;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.HandlerTable;
import io.ottla.broker.api.Request;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.HeartbeatRequest;
import io.ottla.wire.message.HeartbeatResponse;
import java.util.List;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** A request's time is up while its answer comes: two threads end it. */
@JCStressTest
@Description("A request is answered once; who comes second is told so")
@Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "The first thread was first")
@Outcome(id = "false, true", expect = Expect.ACCEPTABLE, desc = "The second thread was first")
@State
public class AnswerRace {

  private static final class Unused implements ApiHandler<HeartbeatRequest> {

    @Override
    public ApiKey api() {
      return ApiKey.HEARTBEAT;
    }

    @Override
    public void handle(Request<HeartbeatRequest> request) {}

    @Override
    public ApiMessage failure(HeartbeatRequest request, short version, ErrorCode error) {
      return new HeartbeatResponse().errorCode(error.code());
    }
  }

  private static final ApiHandler<HeartbeatRequest> HANDLER = new Unused();

  /** Nothing is ever in its queue: it takes note of the end and finds nothing to send. */
  private static final Connection CONNECTION =
      new Connection(
          new EmbeddedChannel(),
          "PLAINTEXT",
          1_000,
          new RequestMemory(0),
          new ReceiveBuffers(),
          new RequestDecoder(new HandlerTable(List.of(HANDLER))),
          new ResponseEncoder(false, UnsentSlices.IGNORED));

  private final InFlightRequest<HeartbeatRequest> request =
      new InFlightRequest<>(
          CONNECTION,
          HANDLER,
          (short) 4,
          1,
          "race",
          new HeartbeatRequest(),
          new Frame(Unpooled.EMPTY_BUFFER, new RequestMemory(0)));

  private boolean end() {
    try {
      request.finishSilently();
      return true;
    } catch (IllegalStateException e) {
      return false;
    }
  }

  @Actor
  public void comes(ZZ_Result result) {
    result.r1 = end();
  }

  @Actor
  public void runsOut(ZZ_Result result) {
    result.r2 = end();
  }
}
