package io.ottla.log;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.wire.record.Compression;
import io.ottla.wire.record.RecordBatchBuilder;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/**
 * Batches as a few producers of all kinds might send them: mostly right, and if mistakes are wanted
 * sometimes sent again, out of order or from a producer that was fenced.
 */
final class RandomBatches {

  /** Bytes, and how to append them. */
  record Step(ByteBuf bytes, AppendContext context) {}

  private static final int PRODUCERS = 4;

  private final Random random;
  private final boolean mistakes;
  private final Map<Integer, int[]> next = new HashMap<>(); // epoch, sequence
  private final Compression[] codecs = Compression.values();

  RandomBatches(Random random, boolean mistakes) {
    this.random = random;
    this.mistakes = mistakes;
  }

  Step next(int leaderEpoch, long nowMs) {
    int kind = random.nextInt(10);
    if (kind < 4) {
      return new Step(plain(nowMs), AppendContext.client(leaderEpoch, nowMs));
    }
    int producer = random.nextInt(PRODUCERS);
    int[] state = next.computeIfAbsent(producer, id -> new int[] {0, startSequence()});
    boolean transactional = producer >= PRODUCERS / 2;
    if (transactional && kind == 9) {
      int mistake = random.nextInt(3) - (random.nextInt(10) == 0 ? 2 : 1);
      int epoch = mistakes ? Math.max(0, state[0] + mistake) : state[0];
      short version = (short) (mistakes ? random.nextInt(3) : 0);
      int coordinatorEpoch = mistakes ? random.nextInt(3) : 0;
      ByteBuf marker =
          TestBatches.marker(100 + producer, epoch, random.nextBoolean(), coordinatorEpoch, nowMs);
      return new Step(marker, AppendContext.markers(leaderEpoch, nowMs, version));
    }
    int count = 1 + random.nextInt(5);
    int epoch = state[0];
    int sequence = state[1];
    switch (mistakes ? random.nextInt(12) : 12) {
      case 0 -> sequence = Math.max(0, sequence - count); // Perhaps sent again.
      case 1 -> sequence = plus(sequence, 1 + random.nextInt(3));
      case 2 -> epoch = Math.max(0, epoch - 1);
      case 3 -> {
        state[0] = ++epoch;
        sequence = random.nextInt(4) == 0 ? 1 : 0;
        state[1] = plus(sequence, count);
      }
      default -> state[1] = plus(sequence, count);
    }
    boolean inTransaction = transactional && !(mistakes && random.nextInt(8) == 0);
    return new Step(
        produced(100 + producer, epoch, sequence, count, nowMs, inTransaction),
        AppendContext.client(leaderEpoch, nowMs));
  }

  private int startSequence() {
    return mistakes && random.nextInt(3) == 0 ? Integer.MAX_VALUE - random.nextInt(10) : 0;
  }

  private static int plus(int sequence, int count) {
    return (int) ((sequence + (long) count) & Integer.MAX_VALUE);
  }

  private ByteBuf plain(long nowMs) {
    RecordBatchBuilder builder =
        new RecordBatchBuilder(Unpooled.buffer())
            .compression(codecs[random.nextInt(codecs.length)]);
    fill(builder, 1 + random.nextInt(4), nowMs);
    return builder.build();
  }

  private ByteBuf produced(
      long id, int epoch, int sequence, int count, long nowMs, boolean transactional) {
    RecordBatchBuilder builder =
        new RecordBatchBuilder(Unpooled.buffer())
            .compression(random.nextBoolean() ? Compression.NONE : Compression.LZ4)
            .producer(id, (short) epoch, sequence)
            .transactional(transactional);
    fill(builder, count, nowMs);
    return builder.build();
  }

  private void fill(RecordBatchBuilder builder, int count, long nowMs) {
    for (int i = 0; i < count; i++) {
      byte[] value = new byte[random.nextInt(random.nextInt(20) == 0 ? 300 : 40)];
      random.nextBytes(value);
      builder.append(nowMs - random.nextInt(1000), null, value);
    }
  }
}
