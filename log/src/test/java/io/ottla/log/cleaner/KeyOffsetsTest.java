package io.ottla.log.cleaner;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.wire.record.DecompressionLimits;
import io.ottla.wire.record.RecordBatch;
import io.ottla.wire.record.RecordBatchBuilder;
import io.ottla.wire.record.RecordReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The table of keys against a map, in blocks of all sizes, in tables that become full. */
class KeyOffsetsTest {

  static LongStream seeds() {
    return LongStream.rangeClosed(1, 50);
  }

  private final Map<String, Long> model = new HashMap<>();
  private final List<String> written = new ArrayList<>();

  @ParameterizedTest
  @MethodSource("seeds")
  void knowsTheLastOffsetOfEachKeyUntilItIsFull(long seed) {
    Random random = new Random(seed);
    int slots = 3 + random.nextInt(300);
    int keys = 1 + random.nextInt(400);
    try (KeyOffsets offsets =
        new KeyOffsets(24L * slots, 0.5 + random.nextDouble() / 2, Long.MAX_VALUE, seed)) {
      boolean full = false;
      for (int i = 0; i < 40 && !full; i++) {
        full = !put(offsets, random, keys);
      }
      assertThat(offsets.size()).isEqualTo(model.size());
      assertThat(offsets.latestOffset())
          .isEqualTo(model.values().stream().mapToLong(it -> it).max().orElse(-1));
      assertThat(offsets.utilization()).isLessThan(1.0);
      check(offsets);
    }
  }

  /** Puts a block; false if there was no room for all of it. */
  private boolean put(KeyOffsets offsets, Random random, int keys) {
    KeyBlock block = offsets.newBlock();
    List<String> chosen = new ArrayList<>();
    int count = 1 + random.nextInt(KeyBlock.CAPACITY);
    long first = written.size();
    for (int i = 0; i < count; i++) {
      chosen.add("key " + "x".repeat(random.nextInt(2) * 300) + random.nextInt(keys));
    }
    fill(block, chosen, first);
    assertThat(block.isFull()).isEqualTo(count == KeyBlock.CAPACITY);
    boolean all = offsets.put(block);
    for (int i = 0; i < count; i++) {
      if (first + i <= offsets.latestOffset()) {
        model.put(chosen.get(i), first + i);
        written.add(chosen.get(i));
      } else {
        assertThat(all).isFalse();
        assertThat(model).doesNotContainKey(chosen.get((int) (offsets.latestOffset() + 1 - first)));
        break;
      }
    }
    return all;
  }

  private static void fill(KeyBlock block, List<String> keys, long firstOffset) {
    ByteBuf bytes = Unpooled.buffer();
    try (RecordBatchBuilder builder = new RecordBatchBuilder(bytes);
        RecordReader reader = new RecordReader()) {
      builder.baseOffset(firstOffset);
      keys.forEach(it -> builder.append(1, it.getBytes(StandardCharsets.UTF_8), null));
      builder.build();
      reader.open(new RecordBatch().wrap(bytes, 0), DecompressionLimits.ofBatch(1 << 20));
      while (reader.next()) {
        block.add(reader);
      }
    }
  }

  private void check(KeyOffsets offsets) {
    KeyBlock block = offsets.newBlock();
    boolean[] latest = new boolean[KeyBlock.CAPACITY];
    for (int from = 0; from < written.size(); from += KeyBlock.CAPACITY) {
      int to = Math.min(written.size(), from + KeyBlock.CAPACITY);
      fill(block, written.subList(from, to), from);
      offsets.areLatest(block, latest);
      for (int i = from; i < to; i++) {
        assertThat(latest[i - from]).isEqualTo(model.get(written.get(i)) == i);
      }
      block.clear();
    }
    fill(block, List.of("never seen"), written.size());
    offsets.areLatest(block, latest);
    assertThat(latest[0]).isTrue();
  }
}
