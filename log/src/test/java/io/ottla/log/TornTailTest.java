package io.ottla.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.ottla.wire.record.RecordBatch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Wherever a log's last segment is torn, and whatever stands where the disk did not get to, it
 * recovers to its first whole batches and goes on. The parameter is the seed.
 */
class TornTailTest {

  private final MemoryFileSystem disk = new MemoryFileSystem();
  private final Path root = Path.of("/memory");

  @ParameterizedTest
  @ValueSource(longs = {1})
  void recoversToWholeBatchesFromEveryCut(long seed) throws IOException {
    Random random = new Random(seed);
    LogConfig config =
        LogConfig.defaults().withSegmentBytes(2500).withIndex(300, 480).withFileDeleteDelayMs(0);
    List<byte[]> batches;
    Path file;
    byte[] content;
    try (LogFixture fixture = new LogFixture(root, config, disk)) {
      RandomBatches source = new RandomBatches(random, false);
      while (fixture.log.view().segmentCount() < 3
          || fixture.log.view().segments().active().sizeInBytes() < 1500) {
        fixture.nowMs += 10;
        RandomBatches.Step step = source.next(0, fixture.nowMs);
        fixture.log.append(step.bytes(), step.context());
      }
      batches = LogFixture.batches(fixture.log.view());
      file = fixture.log.view().segments().active().path(SegmentFiles.LOG);
    }
    content = disk.readAll(file);
    int before = wholeBefore(batches, SegmentFiles.offset(file.getFileName().toString()));

    for (int cut = content.length; cut >= 0; cut--) {
      byte[] torn =
          switch (cut % 3) {
            case 0 -> Arrays.copyOf(content, cut);
            case 1 -> Arrays.copyOf(Arrays.copyOf(content, cut), content.length); // Zeros.
            default -> {
              byte[] garbage = Arrays.copyOf(content, content.length);
              for (int i = cut; i < garbage.length; i++) {
                garbage[i] = (byte) random.nextInt();
              }
              yield garbage;
            }
          };
      disk.writeAll(file, torn, false);
      int whole = before + wholeIn(batches.subList(before, batches.size()), cut);
      try (LogFixture fixture = new LogFixture(root, config, disk)) {
        assertThat(fixture.log.view().segmentCount()).isEqualTo(3);
        List<byte[]> found = LogFixture.batches(fixture.log.view());
        // Of the batch that was torn, the missing bytes may have been zeros, or guessed.
        assertThat(found.size()).as("cut at %d", cut).isBetween(whole, whole + 1);
        for (int i = 0; i < found.size(); i++) {
          assertThat(found.get(i)).isEqualTo(batches.get(i));
        }
        assertThat(fixture.log.logEndOffset()).isEqualTo(end(found));
        assertThat(fixture.append(1).baseOffset()).isEqualTo(end(found));
      }
    }
  }

  private static int wholeBefore(List<byte[]> batches, long baseOffset) {
    int count = 0;
    while (batch(batches.get(count)).baseOffset() < baseOffset) {
      count++;
    }
    return count;
  }

  private static int wholeIn(List<byte[]> batches, int size) {
    int count = 0;
    int bytes = 0;
    while (count < batches.size() && bytes + batches.get(count).length <= size) {
      bytes += batches.get(count++).length;
    }
    return count;
  }

  private static long end(List<byte[]> batches) {
    return batch(batches.getLast()).nextOffset();
  }

  private static RecordBatch batch(byte[] bytes) {
    return new RecordBatch().wrap(Unpooled.wrappedBuffer(bytes), 0);
  }
}
