package io.ottla.log;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.wire.record.RecordBatch;
import io.ottla.wire.record.RecordBatchBuilder;
import java.io.IOException;
import java.nio.file.Path;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** A reader looks into the mapped index of the active segment while that is closed for good. */
@JCStressTest
@Description("An index is unmapped when the last reader of the mapping is gone, not before")
@Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "Found; in the end nothing is open")
@State
public class SegmentSealRace {

  private static final Path DIRECTORY = Path.of("/races/orders-0");
  private static final LogConfig CONFIG = LogConfig.defaults().withIndex(1, 240);
  private static final ByteBuf BATCHES = Unpooled.buffer();

  static {
    for (int i = 0; i < 2; i++) {
      RecordBatchBuilder builder = new RecordBatchBuilder(Unpooled.buffer());
      builder.append(1_000L, null, new byte[] {(byte) i});
      BATCHES.writeBytes(builder.build());
    }
  }

  private final RaceFiles files = new RaceFiles(OpenFiles.UNBOUNDED);
  private final Segment segment;
  private int found;

  public SegmentSealRace() {
    segment = Unfailing.get(() -> Segment.create(files, DIRECTORY, 0, CONFIG, 0));
    Unfailing.run(this::fill);
  }

  private void fill() throws IOException {
    int size = BATCHES.readableBytes() / 2;
    RecordBatch batch = new RecordBatch().wrap(BATCHES, 0);
    segment.append(BATCHES, 0, size);
    segment.onAppended(batch, 0, 1);
    segment.append(BATCHES, size, size);
    segment.onAppended(batch, size, 1);
  }

  private int entries() {
    try {
      OffsetIndex index = segment.offsetIndex();
      return index.entries() == 1 && index.position(0) > 0 ? 1 : -1;
    } catch (IOException | RuntimeException e) {
      return -2;
    }
  }

  @Actor
  public void looksUp() {
    var _ = segment.tryRetain();
    found = entries();
    segment.release();
  }

  @Actor
  public void seals() {
    Unfailing.run(segment::seal);
  }

  @Arbiter
  public void judge(II_Result result) {
    segment.release();
    result.r1 = found;
    result.r2 = files.mappings();
  }
}
