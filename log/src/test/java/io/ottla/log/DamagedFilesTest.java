package io.ottla.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.record.DecompressionLimits;
import io.ottla.wire.record.RecordBatch;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every file of a log damaged in every place: the log opens and serves what was appended, or does
 * not open and says why, and nothing is lost that was on the disk.
 */
class DamagedFilesTest {

  /** How the broker before ended. */
  enum Ending {
    CLEAN,
    /** Killed, with a recovery point in the last segment but one. */
    KILLED,
    /** Killed before any recovery point was written down. */
    KILLED_EARLY
  }

  private static final Path ROOT = Path.of("/memory");
  private static final Path LOG = ROOT.resolve(LogFixture.PARTITION.toString());
  private static final DecompressionLimits LIMITS = DecompressionLimits.ofBatch(1 << 20);
  private static final LogConfig CONFIG =
      LogConfig.defaults()
          .withSegmentBytes(800)
          .withIndex(150, 240)
          .withRetention(-1, -1)
          .withFileDeleteDelayMs(0);

  private final Map<Path, byte[]> files = new TreeMap<>();
  private List<byte[]> batches;
  private List<AbortedTransaction> aborted;
  private LeaderEpochs epochs;
  private byte[] producers;
  private long recoveryPoint;
  private long end;
  private final List<AssertionError> problems = new ArrayList<>();
  private int refused;
  private int cut;

  @BeforeEach
  void forgetCounts() {
    refused = 0;
    cut = 0;
  }

  @ParameterizedTest
  @EnumSource
  void everyByteFlipped(Ending ending) throws IOException {
    make(ending);
    for (Path file : files.keySet()) {
      byte[] content = files.get(file);
      for (int at = 0; at < content.length; at++) {
        int flip = at % 2 == 0 ? 1 << (at / 2 % 8) : 0xff;
        byte[] damaged = content.clone();
        damaged[at] ^= (byte) flip;
        examine(ending, file, damaged, file + " with byte " + at + " ^ " + flip);
      }
    }
    assertThat(refused).as("refused").isPositive();
  }

  @ParameterizedTest
  @EnumSource
  void everyFileMissing(Ending ending) throws IOException {
    make(ending);
    for (Path file : files.keySet()) {
      examine(ending, file, null, file + " missing");
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyFileCutAtEveryPlaceOrFullOfZeros(Ending ending) throws IOException {
    make(ending);
    for (Path file : files.keySet()) {
      byte[] content = files.get(file);
      for (int size = 0; size < content.length; size++) {
        byte[] torn = Arrays.copyOf(content, size);
        examine(ending, file, torn, file + " cut at " + size);
        examine(
            ending, file, Arrays.copyOf(torn, content.length), file + " with zeros from " + size);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void checkpointsFromTheFuture(Ending ending) throws IOException {
    make(ending);
    for (Path file : files.keySet()) {
      if (file.toString().endsWith("-checkpoint")) {
        for (String offset : List.of("1000000", "9223372036854775807", "99999999999999999999")) {
          UnaryOperator<String> later =
              text -> text.lines().skip(2).findFirst().orElse("x x x").replaceAll("\\d+$", offset);
          String old = new String(files.get(file), StandardCharsets.UTF_8);
          byte[] future = ("0\n1\n" + later.apply(old) + "\n").getBytes(StandardCharsets.UTF_8);
          examine(ending, file, future, file + " with " + offset);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void checkpointsThatContradictThemselves(Ending ending) throws IOException {
    make(ending);
    for (Path file : files.keySet()) {
      if (!file.toString().endsWith("-checkpoint")) {
        continue;
      }
      List<String> lines = new String(files.get(file), StandardCharsets.UTF_8).lines().toList();
      List<String> entries = lines.subList(2, lines.size());
      for (int i = 0; i < entries.size(); i++) {
        String entry = entries.get(i);
        String lower = entry.replaceAll("\\d+$", "0");
        String higher = entry.replaceAll("(\\d+)$", "1$1");
        for (String twice : List.of(entry, lower, higher)) {
          examine(ending, file, checkpoint(with(entries, i + 1, twice)), file + " with twice " + i);
          examine(ending, file, checkpoint(with(entries, i, twice)), file + " with twice " + i);
        }
        for (String other :
            List.of(
                entry.replaceAll("(\\d+)$", "-$1"),
                entry.replaceAll("\\d+$", "-1"),
                entry.replaceAll("(\\d+) (\\d+)$", "-$1 $2"),
                entry.replaceAll("\\d+$", ""),
                entry.replaceAll("\\d+$", "1e3"),
                entry + " 0",
                "")) {
          List<String> changed = new ArrayList<>(entries);
          changed.set(i, other);
          if (!changed.equals(entries)) {
            examine(ending, file, checkpoint(changed), file + " with '" + other + "'");
          }
        }
      }
      for (String head : List.of("1\n1\n", "0\n-1\n", "0\n99\n", "0\n\n", "\n0\n", "0 1\n")) {
        String text = head + String.join("\n", entries) + "\n";
        byte[] wrong = text.getBytes(StandardCharsets.UTF_8);
        if (!text.startsWith("1\n1") || entries.size() == 1) {
          examine(ending, file, wrong, file + " with head '" + head + "'");
        }
      }
    }
  }

  private static List<String> with(List<String> entries, int index, String line) {
    List<String> changed = new ArrayList<>(entries);
    changed.add(index, line);
    return changed;
  }

  private static byte[] checkpoint(List<String> entries) {
    String text = "0\n" + entries.size() + "\n" + String.join("\n", entries) + "\n";
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Makes a log with a bit of everything and remembers what is in it. */
  private void make(Ending ending) throws IOException {
    MemoryFileSystem disk = new MemoryFileSystem();
    LogFixture fixture = new LogFixture(ROOT, CONFIG, disk);
    long sequence = 0;
    for (int i = 0; fixture.log.view().segmentCount() < 4; i++) {
      fixture.nowMs += 100;
      fixture.leaderEpoch = i / 7;
      switch (i % 6) {
        case 0 ->
            fixture.append(TestBatches.transactional(5, 0, (int) sequence++, 1, fixture.nowMs));
        case 1 -> fixture.append(TestBatches.idempotent(6, 0, i / 6, 1, fixture.nowMs));
        case 4 -> fixture.appendMarker(TestBatches.marker(5, 0, i == 4, 0, fixture.nowMs));
        default -> fixture.append(2);
      }
      if (fixture.log.view().segmentCount() == 3 && recoveryPoint == 0) {
        LogFlusherTest.force(fixture.log);
        recoveryPoint = fixture.log.recoveryPoint();
      }
    }
    fixture.nowMs += 100;
    fixture.append(1);
    LogView view = fixture.log.view();
    end = view.logEndOffset();
    fixture.log.onHighWatermark(end);
    view = fixture.log.view();
    batches = LogFixture.batches(view);
    aborted = view.abortedTransactions(0, end);
    assertThat(aborted).hasSizeGreaterThan(1);
    epochs = fixture.log.leaderEpochs();
    producers = ProducerSnapshotTest.sorted(fixture.log.producerStates());
    switch (ending) {
      case CLEAN -> {
        fixture.closeCleanly();
        recoveryPoint = end;
      }
      case KILLED -> {
        fixture.directory.checkpointRecoveryPoints();
        fixture.directory.checkpointLogStartOffsets();
        fixture.crash();
      }
      case KILLED_EARLY -> {
        fixture.crash();
        recoveryPoint = 0;
      }
    }
    for (Path directory : List.of(ROOT, LOG)) {
      for (String name : disk.list(directory)) {
        Path file = directory.resolve(name);
        if (!disk.isDirectory(file)) {
          files.put(file, disk.readAll(file));
        }
      }
    }
  }

  private MemoryFileSystem diskWith(Path changed, byte[] content) throws IOException {
    MemoryFileSystem disk = new MemoryFileSystem();
    disk.createDirectory(ROOT);
    disk.createDirectory(LOG);
    for (Map.Entry<Path, byte[]> file : files.entrySet()) {
      byte[] bytes = file.getKey().equals(changed) ? content : file.getValue();
      if (bytes != null) {
        disk.writeAll(file.getKey(), bytes, true);
      }
    }
    return disk;
  }

  private void examine(Ending ending, Path changed, byte[] content, String what)
      throws IOException {
    try {
      examineOne(changed, content, what);
    } catch (AssertionError e) {
      problems.add(e);
    }
  }

  @AfterEach
  void nothingWentWrong() {
    if (!problems.isEmpty()) {
      AssertionError first = problems.getFirst();
      problems.subList(1, problems.size()).forEach(first::addSuppressed);
      throw first;
    }
  }

  private void examineOne(Path changed, byte[] content, String what) throws IOException {
    MemoryFileSystem disk = diskWith(changed, content);
    LogFixture fixture;
    try {
      fixture = new LogFixture(ROOT, CONFIG, disk);
    } catch (LogException e) {
      refused++;
      assertThat(e.error()).as(what).isEqualTo(expectedError(changed));
      assertThat(e).as(what).hasMessageContaining("orders-0");
      for (Path file : files.keySet()) {
        if (file.toString().endsWith(".log") && !file.equals(changed)) {
          assertThat(disk.readAll(file)).as(what).isEqualTo(files.get(file));
        }
      }
      return;
    } catch (RuntimeException | Error e) {
      throw new AssertionError(what, e);
    }
    try (fixture) {
      check(fixture, changed, content, what);
    } catch (LogException e) {
      assertThat(e.error()).as(what).isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR);
      assertThat(changed.toString()).as(what + ": " + e).endsWith(".log");
    } catch (RuntimeException | Error e) {
      throw new AssertionError(what, e);
    }
  }

  private static ErrorCode expectedError(Path changed) {
    return ErrorCode.KAFKA_STORAGE_ERROR;
  }

  private void check(LogFixture fixture, Path changed, byte[] content, String what)
      throws IOException {
    PartitionLog log = fixture.log;
    boolean batchesDamaged = changed.toString().endsWith(".log");
    boolean isStart = changed.endsWith("log-start-offset-checkpoint");
    long found = log.logEndOffset();
    assertThat(found).as(what).isBetween(recoveryPoint, end);
    if (found < end) {
      cut++;
      if (content != null && content.length == files.get(changed).length) {
        assertThat(log.recoveryReport().bytesCut()).as(what).isPositive();
      }
    }
    if (!isStart) {
      assertThat(log.logStartOffset()).as(what).isZero();
    }
    log.onHighWatermark(found);
    LogView view = log.view();
    int wrong = 0;
    for (byte[] batch : batches) {
      RecordBatch expected = new RecordBatch().wrap(Unpooled.wrappedBuffer(batch), 0);
      for (long offset = Math.max(log.logStartOffset(), expected.baseOffset());
          offset < Math.min(found, expected.nextOffset());
          offset++) {
        byte[] served = LogFixture.firstBatch(view, offset);
        if (!Arrays.equals(served, batch)) {
          wrong++;
          assertThat(served).as(what).isNotEmpty();
          RecordBatch header = new RecordBatch().wrap(Unpooled.wrappedBuffer(served), 0);
          boolean seen = !header.isCrcValid() || header.baseOffset() != expected.baseOffset();
          assertThat(seen || header.partitionLeaderEpoch() != expected.partitionLeaderEpoch())
              .as(what + ": what is served has a right checksum and is wrong")
              .isTrue();
        }
      }
    }
    if (!batchesDamaged) {
      assertThat(wrong).as(what).isZero();
      if (found == end && !isStart) {
        assertThat(log.leaderEpochs()).as(what).isEqualTo(epochs);
        assertThat(ProducerSnapshotTest.sorted(log.producerStates())).as(what).isEqualTo(producers);
      }
    }
    // An index that has lost entries at its end cannot be told from one that has all.
    boolean shorter = content == null || content.length < files.get(changed).length;
    if (!batchesDamaged && !(shorter && changed.toString().endsWith(".txnindex"))) {
      List<AbortedTransaction> expected = new ArrayList<>(aborted);
      expected.removeIf(it -> it.lastOffset() >= found || it.lastOffset() < log.logStartOffset());
      assertThat(view.abortedTransactions(log.logStartOffset(), found))
          .as(what)
          .usingElementComparator(
              Comparator.comparing(AbortedTransaction::producerId)
                  .thenComparing(AbortedTransaction::firstOffset)
                  .thenComparing(AbortedTransaction::lastOffset))
          .isEqualTo(expected);
    }
    if (changed.toString().endsWith("index")
        && !(shorter && changed.toString().endsWith(".timeindex"))) {
      for (byte[] batch : batches) {
        RecordBatch header = new RecordBatch().wrap(Unpooled.wrappedBuffer(batch), 0);
        if (header.baseOffset() < found) {
          assertThat(view.offsetForTimestamp(header.maxTimestamp(), found, LIMITS).offset())
              .as(what + ", searched for " + header.maxTimestamp())
              .isEqualTo(header.baseOffset());
        }
      }
    }
    assertThat(fixture.append(1).baseOffset()).as(what).isEqualTo(found);
  }
}
