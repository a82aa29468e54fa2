package io.ottla.broker.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** A shard is done with a request's bytes while its answer is given. */
@JCStressTest
@Description("A frame is released once, with the memory admitted for it")
@Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "Released, once")
@State
public class FrameReleaseRace {

  private final RequestMemory memory = new RequestMemory(10);
  private final ByteBuf bytes = Unpooled.buffer(4).writeInt(1);
  private final Frame frame;

  public FrameReleaseRace() {
    var _ = memory.tryAdmit(4);
    frame = new Frame(bytes, memory);
  }

  @Actor
  public void isWritten() {
    frame.release();
  }

  @Actor
  public void isAnswered() {
    frame.release();
  }

  @Arbiter
  public void judge(II_Result result) {
    result.r1 = bytes.refCnt();
    result.r2 = (int) memory.usedBytes();
  }
}
