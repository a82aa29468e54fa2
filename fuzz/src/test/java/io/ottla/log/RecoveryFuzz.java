package io.ottla.log;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.record.RecordBatch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A log of four segments whose files were spoiled in several places at once: what is the input's
 * script (see {@link Damage}). The first byte says how the process before ended.
 *
 * <p>The log opens, or says why not. What it serves are whole batches that rise, with nothing
 * between the two ends that is not a batch; where no checksum was forged, each of them was once
 * appended. Opened again, after a crash or a proper close, it is the same. It takes appends at its
 * end.
 */
public final class RecoveryFuzz {

  private static final Path ROOT = Path.of("/memory");
  private static final Path LOG = ROOT.resolve(LogFixture.PARTITION.toString());
  private static final LogConfig CONFIG =
      LogConfig.defaults()
          .withSegmentBytes(800)
          .withIndex(150, 240)
          .withRetention(-1, -1)
          .withFileDeleteDelayMs(0);

  /** From here on, a batch's bytes are covered by its checksum, which comes before them. */
  private static final int CRC_INDEX = 17;

  /** A log's files as a process left them, and what was in it. */
  private record Left(Map<Path, byte[]> files, Set<String> batches, long recoveryPoint, long end) {}

  private static final List<Left> ENDINGS = List.of(make(0), make(1), make(2));

  private final Left left;
  private final Damage damage;

  private RecoveryFuzz(byte[] data) {
    this.left = ENDINGS.get(data.length == 0 ? 0 : (data[0] & 0xff) % ENDINGS.size());
    this.damage = new Damage(left.files, data, 1);
  }

  public static void fuzzerTestOneInput(byte[] data) {
    try {
      new RecoveryFuzz(data).play();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where the corpus began. */
  public static Map<String, byte[]> seeds() {
    Map<String, byte[]> seeds = new TreeMap<>();
    for (int ending = 0; ending < 3; ending++) {
      seeds.put("untouched-" + ending, new byte[] {(byte) ending});
      seeds.put("batch-" + ending, new byte[] {(byte) ending, 3, 0, 100, 1, 1, 7, 0, 100, 0, 0});
      seeds.put("cut-" + ending, new byte[] {(byte) ending, 9, 1, 0, 2, 0, 4, 0, 9, 4, 0});
      seeds.put("forged-" + ending, new byte[] {(byte) ending, 5, 0, 70, 5, 3, 5, 0, 70, 7, 0});
    }
    return seeds;
  }

  private static Left make(int ending) {
    try {
      return makeOne(ending);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Left makeOne(int ending) throws IOException {
    MemoryFileSystem disk = new MemoryFileSystem();
    LogFixture fixture = new LogFixture(ROOT, CONFIG, disk);
    int sequence = 0;
    boolean forced = false;
    for (int i = 0; fixture.log.view().segmentCount() < 4; i++) {
      fixture.nowMs += 100;
      fixture.leaderEpoch = i / 7;
      switch (i % 6) {
        case 0 -> fixture.append(TestBatches.transactional(5, 0, sequence++, 1, fixture.nowMs));
        case 1 -> fixture.append(TestBatches.idempotent(6, 0, i / 6, 1, fixture.nowMs));
        case 4 -> fixture.appendMarker(TestBatches.marker(5, 0, i == 4, 0, fixture.nowMs));
        default -> fixture.append(2);
      }
      if (fixture.log.view().segmentCount() == 3 && !forced) {
        forced = true;
        fixture.log.forceRequested();
        fixture.log.onForced(LogFlusher.force(fixture.log, 0));
      }
    }
    fixture.append(1);
    long end = fixture.log.logEndOffset();
    fixture.log.onHighWatermark(end);
    Set<String> batches = new HashSet<>();
    for (byte[] batch : LogFixture.batches(fixture.log.view())) {
      batches.add(content(batch));
    }
    long recoveryPoint = ending == 0 ? end : ending == 1 ? fixture.log.recoveryPoint() : 0;
    if (ending == 0) {
      fixture.closeCleanly();
    } else {
      if (ending == 1) {
        fixture.directory.checkpointRecoveryPoints();
        fixture.directory.checkpointLogStartOffsets();
      }
      fixture.crash();
    }
    Map<Path, byte[]> files = new TreeMap<>();
    for (Path directory : List.of(ROOT, LOG)) {
      for (String name : disk.list(directory)) {
        Path file = directory.resolve(name);
        if (!disk.isDirectory(file)) {
          files.put(file, disk.readAll(file));
        }
      }
    }
    return new Left(files, batches, recoveryPoint, end);
  }

  /** What the checksum of a batch covers, and the checksum. */
  private static String content(byte[] batch) {
    return Arrays.toString(Arrays.copyOfRange(batch, CRC_INDEX, batch.length));
  }

  private void play() throws IOException {
    MemoryFileSystem disk = new MemoryFileSystem();
    disk.createDirectory(ROOT);
    disk.createDirectory(LOG);
    for (Map.Entry<Path, byte[]> file : damage.files().entrySet()) {
      disk.writeAll(file.getKey(), file.getValue(), true);
    }
    LogFixture fixture;
    try {
      fixture = new LogFixture(ROOT, CONFIG, disk);
    } catch (LogException e) {
      boolean isAnothers =
          e.error() == ErrorCode.INCONSISTENT_TOPIC_ID && !damage.checkpointsAreWhole();
      expect(isAnothers || e.error() == ErrorCode.KAFKA_STORAGE_ERROR, e.toString());
      return;
    }
    try (fixture) {
      List<byte[]> found = batches(fixture.log);
      if (found == null) {
        // Below the recovery point the disk has lost what it had. What was read by recovery is
        // whole.
        expect(isLossPossible(), "what was recovered cannot be read");
        return;
      }
      String state = state(fixture.log);
      check(found, fixture.log);

      if (!opensAgain(fixture::reopenAfterCrash)) {
        return;
      }
      if (damage.touchesSegments()
          && !damage.checkpointsAreWhole()
          && !state.equals(state(fixture.log))) {
        return; // Believed at first, and cut now: nothing tells that it had ever been forced.
      }
      expectSame(found, state, fixture, "after a crash");
      if (!opensAgain(fixture::reopenCleanly)) {
        return;
      }
      expectSame(found, state, fixture, "after a clean close");
      long base = fixture.append(1).baseOffset();
      expect(base == fixture.log.logEndOffset() - 1, "appended at " + base);
    }
  }

  /** What is believed at first is not always looked at in the same places the next time. */
  private boolean opensAgain(Runnable reopening) {
    try {
      reopening.run();
      return true;
    } catch (LogException e) {
      expect(isLossPossible(), "opens once, and then not: " + e);
      return false;
    }
  }

  /** Whether records were spoiled that recovery may have believed to be on the disk. */
  private boolean isLossPossible() {
    return damage.touchesSegments() && (left.recoveryPoint > 0 || !damage.checkpointsAreWhole());
  }

  private void expectSame(List<byte[]> found, String state, LogFixture now, String when)
      throws IOException {
    List<byte[]> again = batches(now.log);
    expect(again != null, "cannot be read " + when);
    expect(state.equals(state(now.log)), "was " + state + ", is " + state(now.log) + " " + when);
    expect(again.size() == found.size(), found.size() + " batches, " + again.size() + " " + when);
    for (int i = 0; i < found.size(); i++) {
      expect(Arrays.equals(found.get(i), again.get(i)), "batch " + i + " is another " + when);
    }
  }

  /** All that is served; null if the disk does not give it, or nothing that leads on. */
  private static List<byte[]> batches(PartitionLog log) throws IOException {
    List<byte[]> found = new ArrayList<>();
    LogView view = log.view();
    long offset = view.logStartOffset();
    try {
      while (offset < view.logEndOffset()) {
        byte[] bytes = LogFixture.firstBatch(view, offset);
        if (bytes.length == 0) {
          break;
        }
        long next = new RecordBatch().wrap(Unpooled.wrappedBuffer(bytes), 0).nextOffset();
        if (next <= offset) {
          return null;
        }
        offset = next;
        found.add(bytes);
      }
      return found;
    } catch (LogException e) {
      expect(e.error() == ErrorCode.KAFKA_STORAGE_ERROR, e.toString());
      return null;
    }
  }

  private String state(PartitionLog log) {
    if (isLossPossible()) {
      // Epochs are held against batches that say other things than when they were forced.
      return log.logStartOffset() + " to " + log.logEndOffset();
    }
    boolean isEmpty = log.logStartOffset() == log.logEndOffset();
    // Of a log without records, no leader epoch has any; a proper close forgets the last one.
    Object epochs = isEmpty ? "nothing" : log.leaderEpochs();
    return log.logStartOffset() + " to " + log.logEndOffset() + ", " + epochs;
  }

  private void check(List<byte[]> found, PartitionLog log) {
    expect(log.logStartOffset() <= log.logEndOffset(), state(log));
    long next = 0;
    for (byte[] bytes : found) {
      ByteBuf buffer = Unpooled.wrappedBuffer(bytes);
      RecordBatch batch = new RecordBatch().wrap(buffer, 0);
      expect(batch.sizeInBytes() == bytes.length, "a batch is not whole");
      expect(
          batch.baseOffset() >= next || isLossPossible(),
          "offsets go back to " + batch.baseOffset());
      next = batch.nextOffset();
      if (left.recoveryPoint == 0 && damage.checkpointsAreWhole()) {
        expect(batch.isCrcValid(), "a batch is served that recovery must have cut");
      }
      if (batch.isCrcValid() && !damage.isForged()) {
        expect(left.batches.contains(content(bytes)), "a batch that nobody appended");
      }
    }
    expect(
        next <= log.logEndOffset() || isLossPossible(),
        "a batch behind the end: " + next + ", " + state(log));
    if (!damage.touchesSegments() && damage.checkpointsAreWhole()) {
      expect(log.logEndOffset() == left.end, "lost: " + state(log) + " of " + left.end);
    }
  }

  private static void expect(boolean condition, String what) {
    if (!condition) {
      throw new AssertionError(what);
    }
  }
}
