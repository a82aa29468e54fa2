package io.ottla.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.log.BatchHistory.Batch;
import io.ottla.log.BatchHistory.Item;
import io.ottla.log.cleaner.CleaningPace;
import io.ottla.log.cleaner.CompactionConfig;
import io.ottla.wire.record.Compression;
import io.ottla.wire.record.DecompressionLimits;
import io.ottla.wire.record.RecordBatch;
import io.ottla.wire.record.RecordBatchBuilder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * One script of everything that can happen to a log, under many settings, against a model that only
 * remembers what was written ({@link BatchHistory}): appends of all kinds, new leaders,
 * truncations, retention, DeleteRecords, compaction, deletion and creation anew, clean restarts,
 * and, between any two of its steps on the disk, a process that dies or power that is lost. What is
 * found after that is what the model says, with indexes, transactions, leader epochs and producers
 * the same as before.
 *
 * <p>The parameters, the settings and the seed of the script, are in the test's name.
 */
class LogModelTest {

  private static final Path ROOT = Path.of("/data");
  private static final int STEPS = 260;
  private static final int KEYS = 12;
  private static final int PRODUCERS = 4;
  private static final DecompressionLimits LIMITS = DecompressionLimits.ofBatch(4 << 20);

  /**
   * What a log is run with.
   *
   * @param valueBytes how large values may be
   */
  record Settings(
      int segmentBytes,
      int valueBytes,
      int indexIntervalBytes,
      int indexBytes,
      long flushMessages,
      long flushMs,
      boolean deletes,
      boolean compacts,
      boolean preallocates) {

    LogConfig config() {
      return LogConfig.defaults()
          .withSegmentBytes(segmentBytes)
          .withIndex(indexIntervalBytes, indexBytes)
          .withFlush(flushMessages, flushMs)
          .withRetention(-1, -1)
          .withCleanupPolicy(deletes, compacts)
          .withPreallocate(preallocates)
          .withFileDeleteDelayMs(0)
          .withProducerIdExpirationMs(Long.MAX_VALUE)
          .withCompaction(new CompactionConfig(0, 0, Long.MAX_VALUE, 150));
    }
  }

  private static final long NEVER = Long.MAX_VALUE;

  private static Stream<Settings> matrix() {
    return Stream.of(
        new Settings(1 << 10, 60, 0, 240, NEVER, NEVER, true, false, false),
        new Settings(1 << 10, 60, 4096, 240, 1, NEVER, true, false, false),
        new Settings(1 << 10, 60, 100, 240, NEVER, NEVER, false, true, false),
        new Settings(1 << 10, 60, 300, 48, NEVER, 40, true, true, true),
        new Settings(16 << 10, 900, 4096, 1200, 3, NEVER, true, false, true),
        new Settings(16 << 10, 900, 500, 1200, 1, NEVER, false, true, false),
        new Settings(64 << 10, 4000, 1000, 60, NEVER, NEVER, true, true, false),
        new Settings(256 << 10, 9000, 4096, 4800, NEVER, 100, true, false, false),
        new Settings(1 << 20, 40_000, 4096, 9600, NEVER, NEVER, true, false, false),
        new Settings(1 << 20, 40_000, 64 << 10, 9600, 5, NEVER, false, true, true));
  }

  /** More of them, of each of the settings, with -Dottla.seeds=100. */
  static Stream<Arguments> scripts() {
    return matrix()
        .flatMap(
            settings ->
                LongStream.rangeClosed(1, Long.getLong("ottla.seeds", 2))
                    .mapToObj(seed -> Arguments.of(settings, seed)));
  }

  private final MemoryFileSystem disk = new MemoryFileSystem();
  private final BatchHistory history = new BatchHistory();
  private final Set<ByteBuffer> everAppended = new HashSet<>();
  private final Set<Item> everWritten = new HashSet<>();
  private Random random;
  private Settings settings;
  private LogFixture fixture;
  private long logStart;
  private long logEnd;
  private long highWatermark;

  // Of what is under way: below this offset nothing may be lost by it; the log may start so late,
  // and have such a high watermark.
  private long untouched;
  private long latestStart;
  private long highestWatermark;

  // Below it, markers may lie that are taken for replicated: once producers' states come from a
  // snapshot, as in Kafka, transactions that have ended are no longer known. Their outcome was
  // decided before there was a marker, so nothing wrong can be read.
  private long markersReplicated;

  // Below it, records may be gone because of later ones.
  private long cleanedBelow;

  // Where the high watermark was when that was decided.
  private long committedBelow;

  // With records gone, where an epoch began may be lost together with the file that knew of it.
  private boolean epochsAreGuessed;

  // The log starts earlier again than it did when it was compacted.
  private boolean deletedIsBack;
  private boolean mortal;
  private int crashes;
  private int closes;

  @ParameterizedTest
  @MethodSource("scripts")
  void isWhatTheModelSays(Settings settings, long seed) throws IOException {
    this.settings = settings;
    random = new Random(seed);
    fixture = new LogFixture(ROOT, settings.config(), disk);
    for (int i = 0; i < STEPS; i++) {
      try {
        step();
      } catch (MemoryFileSystem.Killed e) {
        comeBack(random.nextBoolean(), true);
      }
      if (!mortal) {
        compareOffsets();
      }
    }
    disk.revive();
    mortal = false;
    compareOffsets();
    comeBack(false, false);
    comeBack(true, false);
    assertThat(crashes).isGreaterThan(3);
    fixture.close();
  }

  private void step() throws IOException {
    untouched = logEnd;
    latestStart = logStart;
    highestWatermark = highWatermark;
    fixture.nowMs += random.nextInt(10);
    switch (random.nextInt(44)) {
      case 0 -> newLeader();
      case 1, 2, 3, 4 -> raiseHighWatermark();
      case 5 -> truncate();
      case 6 -> deleteRecords();
      case 7 -> retire();
      case 8, 9 -> compact();
      case 10 -> fixture.directory.checkpointRecoveryPoints();
      case 11 -> fixture.directory.checkpointLogStartOffsets();
      case 12 -> fixture.directory.deleteDue(fixture.nowMs);
      case 13 -> force();
      case 14 -> rarely(6, this::startAnew);
      case 15 -> rarely(6, this::deleteAndMakeAnew);
      case 16 -> rarely(3, this::reopenCleanly);
      case 17 -> rarely(2, () -> comeBack(false, false));
      case 18 -> rarely(2, () -> comeBack(true, false));
      case 19 -> {
        disk.killBefore(disk.steps() + random.nextInt(40));
        mortal = true;
      }
      case 20, 21, 22, 23 -> endTransaction();
      default -> append();
    }
  }

  private interface Action {
    void run() throws IOException;
  }

  private void rarely(int oneIn, Action action) throws IOException {
    if (random.nextInt(oneIn) == 0 && !mortal) {
      action.run();
    }
  }

  private void newLeader() {
    fixture.leaderEpoch++;
    if (random.nextBoolean()) {
      fixture.log.assignLeaderEpoch(fixture.leaderEpoch);
    }
  }

  private void append() {
    int producer = random.nextInt(2 * PRODUCERS) - PRODUCERS; // Below zero: of no producer.
    ByteBuf bytes = Unpooled.buffer();
    int count = producer < 0 && random.nextInt(4) == 0 ? 1 + random.nextInt(5) : 1;
    for (int i = 0; i < count; i++) {
      try (RecordBatchBuilder builder = new RecordBatchBuilder(bytes)) {
        builder.compression(Compression.values()[random.nextInt(Compression.values().length)]);
        if (producer >= 0) {
          ProducerState state = fixture.log.producerStates().producer(100 + producer);
          short epoch = state == null ? 0 : (short) Math.max(state.epoch(), 0);
          int sequence = state == null ? 0 : state.lastSequence() + 1;
          builder
              .producer(100 + producer, epoch, sequence)
              .transactional(producer >= PRODUCERS / 2);
        }
        int records = 1 + random.nextInt(4);
        for (int j = 0; j < records; j++) {
          builder.append(
              fixture.nowMs - random.nextInt(random.nextInt(5) == 0 ? 50 : 5),
              TestBatches.bytes("k" + random.nextInt(KEYS)),
              value());
        }
        builder.build();
      }
    }
    write(bytes, AppendContext.client(fixture.leaderEpoch, fixture.nowMs));
  }

  private byte[] value() {
    if (random.nextInt(6) == 0) {
      return null;
    }
    byte[] value = new byte[random.nextInt(settings.valueBytes())];
    for (int i = 0; i < value.length; i++) {
      value[i] = (byte) (i % 3 == 0 ? 'a' + random.nextInt(26) : 'x');
    }
    return value;
  }

  private void endTransaction() {
    List<ProducerState> open =
        fixture.log.producerStates().all().stream()
            .filter(it -> it.transactionFirstOffset() >= 0)
            .sorted((a, b) -> Long.compare(a.producerId(), b.producerId()))
            .toList();
    if (!open.isEmpty()) {
      ProducerState producer = open.get(random.nextInt(open.size()));
      int epoch = producer.epoch() + random.nextInt(2); // As from transaction version 2 on.
      write(
          TestBatches.marker(producer.producerId(), epoch, random.nextBoolean(), 0, fixture.nowMs),
          AppendContext.coordinator(fixture.leaderEpoch, fixture.nowMs));
    }
  }

  private void write(ByteBuf bytes, AppendContext context) {
    List<Batch> written = new ArrayList<>();
    try {
      AppendResult result = fixture.log.append(bytes, context);
      assertThat(result.baseOffset()).isEqualTo(logEnd);
    } finally {
      RecordBatch batch = new RecordBatch();
      for (int at = 0; at < bytes.readableBytes(); at += batch.sizeInBytes()) {
        byte[] one = new byte[batch.wrap(bytes, at).sizeInBytes()];
        bytes.getBytes(at, one);
        written.add(Batch.of(one));
        everAppended.add(ByteBuffer.wrap(one));
        everWritten.addAll(written.getLast().items());
      }
    }
    written.forEach(history::add);
    logEnd = history.endOffset(logEnd);
    if (fixture.log.wantsForce(fixture.nowMs) && random.nextInt(3) > 0) {
      force();
    }
  }

  private void force() {
    LogFlusherTest.force(fixture.log);
    assertThat(fixture.log.recoveryPoint()).isEqualTo(logEnd);
    assertThat(fixture.log.needsForceBeforeAck(logEnd - 1)).isFalse();
  }

  private void raiseHighWatermark() {
    List<Batch> above = history.from(highWatermark);
    if (!above.isEmpty()) {
      highestWatermark = above.get(random.nextInt(above.size())).nextOffset();
      fixture.log.onHighWatermark(highestWatermark);
      highWatermark = highestWatermark;
    }
  }

  /** As a follower does, whose leader has something else above the high watermark. */
  private void truncate() {
    long committed = Math.max(highWatermark, committedBelow); // Compaction has seen it higher.
    if (logEnd > committed) {
      fixture.leaderEpoch++;
      long offset = committed + random.nextInt((int) (logEnd - committed) + 1);
      untouched =
          history.all().stream()
              .mapToLong(Batch::nextOffset)
              .filter(it -> it <= offset)
              .max()
              .orElse(0);
      fixture.log.truncateTo(offset);
      closes++;
      markersReplicated = logEnd;
      history.cut(offset);
      long last = history.endOffset(-1);
      assertThat(fixture.log.logEndOffset()).isBetween(Math.min(last, offset), offset);
      logEnd = fixture.log.logEndOffset();
      logStart = Math.min(logStart, logEnd);
      highWatermark = Math.min(highWatermark, logEnd);
    }
  }

  private void deleteRecords() {
    if (settings.deletes() && highWatermark > logStart) {
      latestStart = logStart + random.nextInt((int) (highWatermark - logStart) + 1);
      fixture.log.deleteRecordsBefore(latestStart);
      logStart = latestStart;
    }
  }

  private void retire() {
    if (settings.deletes()) {
      latestStart = Math.max(logStart, highWatermark);
      fixture.log.reconfigure(
          fixture.config.withRetention(
              random.nextBoolean() ? -1 : random.nextInt(1000),
              settings.segmentBytes() * (1L + random.nextInt(8))));
      fixture.log.deleteRetired(fixture.nowMs);
      fixture.log.reconfigure(fixture.config);
      assertThat(fixture.log.logStartOffset()).isBetween(logStart, latestStart);
      logStart = fixture.log.logStartOffset();
    }
  }

  private void compact() throws IOException {
    if (!settings.compacts()) {
      return;
    }
    if (random.nextBoolean()) {
      force();
    }
    CleanableRange range =
        CleanableRange.of(
            fixture.log.view(),
            fixture.directory.cleanerOffsets().get(LogFixture.PARTITION),
            fixture.config.compaction(),
            fixture.nowMs);
    if (range.dirtyBytes() == 0) {
      return;
    }
    CleanerMemory memory =
        new CleanerMemory(
            24L * (3 + random.nextInt(2 * KEYS)), 0.9, 200, 400, LIMITS, random.nextLong());
    cleanedBelow = range.end();
    committedBelow = highWatermark;
    try (LogCleaning cleaning = fixture.log.beginCleaning(range)) {
      cleaning.run(
          memory, CleaningPace.UNLIMITED, Runnable::run, () -> fixture.nowMs, Runnable::run);
    }
  }

  private void startAnew() {
    untouched = -1;
    long offset = logEnd + random.nextInt(100);
    latestStart = offset;
    highestWatermark = offset;
    fixture.log.truncateFullyAndStartAt(offset);
    onStartedAt(offset);
  }

  private void deleteAndMakeAnew() {
    untouched = -1;
    fixture.directory.delete(fixture.log, fixture.nowMs);
    fixture.log =
        PartitionLog.open(
            fixture.directory,
            LogFixture.PARTITION,
            LogFixture.TOPIC_ID,
            fixture.config,
            fixture.nowMs);
    onStartedAt(0);
  }

  private void onStartedAt(long offset) {
    history.clear();
    epochsAreGuessed = false;
    deletedIsBack = false;
    cleanedBelow = 0;
    committedBelow = 0;
    logStart = offset;
    logEnd = offset;
    highWatermark = offset;
  }

  private void reopenCleanly() throws IOException {
    List<Indexes> indexes = indexes();
    List<String> producers = producers();
    fixture.reopenCleanly();
    closes++;
    assertThat(fixture.log.recoveryReport().clean()).isTrue();
    markersReplicated = logEnd;
    assertThat(producers()).isEqualTo(producers);
    compareOffsets();
    compare();
    compareToBefore(indexes);
  }

  /**
   * The process is gone, or the power, and everything is opened again.
   *
   * @param underWay whether it happened in the middle of something
   */
  private void comeBack(boolean powerLost, boolean underWay) throws IOException {
    crashes++;
    disk.revive();
    mortal = false;
    boolean exact = !powerLost && !underWay;
    long kept = powerLost ? Math.min(fixture.log.recoveryPoint(), untouched) : untouched;
    if (!underWay) {
      kept = powerLost ? fixture.log.recoveryPoint() : logEnd;
    }
    List<Indexes> indexes = exact ? indexes() : List.of();
    List<String> producers = exact ? producers() : List.of();
    fixture.log.abandon();
    fixture.directory.close();
    fixture.log = null;
    if (powerLost) {
      disk.losePower(random.nextInt(3) == 0 ? null : random);
    }
    if (powerLost && settings.compacts() && !hasLeaderEpochs()) {
      epochsAreGuessed = true;
    }
    fixture.open();
    LogView view = fixture.log.view();
    assertThat(view.logStartOffset()).isLessThanOrEqualTo(latestStart);
    assertThat(view.highWatermark())
        .isLessThanOrEqualTo(Math.max(highestWatermark, view.logStartOffset()));
    if (exact) {
      assertThat(view.logEndOffset()).isEqualTo(logEnd);
      assertThat(producers()).isEqualTo(producers);
      compareToBefore(indexes);
    }
    remember(view, kept);
    compareOffsets();
    compare();
    if (powerLost) {
      fixture.leaderEpoch++; // What is lost here, others may have written in this epoch.
    }
  }

  /** A batch that compaction has emptied, to keep its producer's sequence, may be a bit older. */
  private List<String> producers() {
    return settings.compacts()
        ? fixture.log.producerStates().all().stream().map(Object::toString).sorted().toList()
        : KafkaLog.producers(fixture.log.producerStates());
  }

  private boolean hasLeaderEpochs() {
    try {
      return LeaderEpochCache.read(disk, fixture.partitionPath()).current().size() > 0;
    } catch (IOException e) {
      return false;
    }
  }

  /** From an offset on, what is there is what was, if it ever was. */
  private void remember(LogView view, long kept) throws IOException {
    List<Batch> found = LogFixture.batches(view).stream().map(Batch::of).toList();
    assertThat(view.logEndOffset()).isGreaterThanOrEqualTo(kept);
    // Nobody can read what lies before the log's start.
    history.cut(Math.max(kept, view.logStartOffset()));
    long end = history.endOffset(kept);
    for (Batch batch : found) {
      if (batch.baseOffset() >= end) {
        // Of what compaction has left, each record.
        assertThat(
                everAppended.contains(ByteBuffer.wrap(batch.bytes()))
                    || (settings.compacts() && everWritten.containsAll(batch.items())))
            .as("batch at %d was appended once", batch.baseOffset())
            .isTrue();
        history.add(batch);
      }
    }
    if (view.segments().first().baseOffset() == view.logEndOffset()) {
      history.clear(); // It starts anew, and knows nothing of what was before.
    }
    epochsAreGuessed |=
        settings.compacts() && (view.logStartOffset() != logStart || kept < cleanedBelow);
    deletedIsBack |= settings.compacts() && view.logStartOffset() < latestStart;
    logStart = view.logStartOffset();
    logEnd = view.logEndOffset();
    highWatermark = view.highWatermark();
    markersReplicated = logEnd;
  }

  private void compareOffsets() {
    assertThat(fixture.log.logStartOffset()).isEqualTo(logStart);
    assertThat(fixture.log.logEndOffset()).isEqualTo(logEnd);
    assertThat(fixture.log.highWatermark()).isEqualTo(highWatermark);
    long stable = Math.max(logStart, Math.min(highWatermark, history.firstUnstable(highWatermark)));
    ProducerState oldest = fixture.log.producerStates().oldestOpen();
    if (oldest != null && oldest.transactionFirstOffset() < history.startOffset()) {
      return; // Begun before the log's start.
    }
    if (highWatermark >= markersReplicated) {
      assertThat(fixture.log.lastStableOffset()).isEqualTo(stable);
    } else {
      assertThat(fixture.log.lastStableOffset()).isBetween(stable, highWatermark);
    }
  }

  private void compare() throws IOException {
    LogView view = fixture.log.view();
    List<Batch> found = LogFixture.batches(view).stream().map(Batch::of).toList();
    if (settings.compacts()) {
      compareLatest(view, found);
    } else {
      List<Batch> expected = history.from(logStart);
      assertThat(found).hasSameSizeAs(expected);
      for (int i = 0; i < found.size(); i++) {
        assertThat(found.get(i).isSame(expected.get(i).bytes())).as("batch %d", i).isTrue();
      }
      compareAborted(view);
    }
    LeaderEpochs epochs = fixture.log.leaderEpochs();
    if (!epochsAreGuessed && !history.all().isEmpty()) {
      assertThat(epochs).isEqualTo(history.leaderEpochs(logStart).truncateFromEnd(logEnd));
    }
    for (Batch batch : found) {
      assertThat(epochs.epochOf(Math.max(logStart, batch.baseOffset())))
          .isEqualTo(batch.leaderEpoch());
    }
    compareSearches(view, found);
    compareIndexes(view);
  }

  private void compareLatest(LogView view, List<Batch> found) throws IOException {
    Map<Long, Item> written = new TreeMap<>();
    history.all().forEach(batch -> batch.items().forEach(it -> written.put(it.offset(), it)));
    for (Batch batch : found) {
      for (Item item : batch.items()) {
        assertThat(item).isEqualTo(written.get(item.offset()));
      }
    }
    if (logEnd < committedBelow || deletedIsBack) {
      return; // A marker is gone, because of which records were taken out; or, their deletion is.
    }
    long stable = view.lastStableOffset();
    if (stable >= cleanedBelow) {
      assertThat(latest(TestRecord.committed(view), stable))
          .isEqualTo(history.latest(logStart, stable, false));
    }
    assertThat(latest(TestRecord.withoutAborted(view), logEnd))
        .isEqualTo(history.latest(logStart, logEnd, true));
  }

  private Map<String, String> latest(List<TestRecord> records, long upToOffset) {
    Map<String, String> latest = new TreeMap<>();
    for (TestRecord record : records) {
      if (record.offset() >= logStart && record.offset() < upToOffset) {
        BatchHistory.put(latest, record.key(), record.value());
      }
    }
    return latest;
  }

  private void compareAborted(LogView view) {
    long stable = view.lastStableOffset();
    List<String> expected =
        history.transactions().stream()
            .filter(it -> it.aborted() && it.marker() >= logStart && it.first() < stable)
            .map(it -> it.producerId() + " " + it.first() + " " + it.marker())
            .toList();
    assertThat(view.abortedTransactions(logStart, stable))
        .extracting(it -> it.producerId() + " " + it.firstOffset() + " " + it.lastOffset())
        .containsAll(expected)
        .allMatch(
            it ->
                history.transactions().stream()
                    .anyMatch(
                        all ->
                            all.aborted()
                                && it.equals(
                                    all.producerId() + " " + all.first() + " " + all.marker())));
  }

  /**
   * By offset and by time, with indexes or without, what is found is what a reader of all finds.
   */
  private void compareSearches(LogView view, List<Batch> found) throws IOException {
    for (int i = 0; i < 10 && logEnd > logStart; i++) {
      long offset = logStart + random.nextInt((int) (logEnd - logStart));
      byte[] expected =
          found.stream()
              .filter(it -> it.nextOffset() > offset)
              .map(Batch::bytes)
              .findFirst()
              .orElse(new byte[0]);
      assertThat(LogFixture.firstBatch(view, offset)).isEqualTo(expected);
    }
    for (int i = 0; i < 10; i++) {
      long timestamp = fixture.nowMs - random.nextInt(1500);
      long expected =
          found.stream()
              .filter(it -> it.maxTimestamp() >= timestamp)
              .flatMap(it -> it.items().stream())
              .filter(it -> it.timestamp() >= timestamp && it.offset() >= logStart)
              .mapToLong(Item::offset)
              .findFirst()
              .orElse(-1);
      TimestampOffset at = view.offsetForTimestamp(timestamp, logEnd, LIMITS);
      if (expected >= 0) {
        assertThat(at).as("time %d", timestamp).isNotNull();
        assertThat(at.offset()).as("time %d", timestamp).isLessThanOrEqualTo(expected);
      }
    }
  }

  /** Each entry is true of the batches in the file. */
  private static void compareIndexes(LogView view) throws IOException {
    for (int i = 0; i < view.segmentCount(); i++) {
      Segment segment = view.segments().get(i);
      Map<Integer, Long> ends = new TreeMap<>();
      TreeMap<Long, Long> youngest = new TreeMap<>();
      BatchCursor cursor = new BatchCursor(4 << 10);
      cursor.start(segment.file(), 0, view.sizeInBytes(i));
      long max = -1;
      while (cursor.next()) {
        ends.put(cursor.position(), cursor.header().lastOffset());
        max = Math.max(max, cursor.header().maxTimestamp());
        youngest.put(cursor.header().lastOffset(), max);
      }
      OffsetIndex offsets = segment.offsetIndex();
      for (int j = 0; j < offsets.entries(); j++) {
        assertThat(ends).containsEntry(offsets.position(j), offsets.offset(j));
      }
      TimeIndex times = segment.timeIndex();
      for (int j = 0; j < times.entries(); j++) {
        assertThat(youngest).containsEntry(times.offset(j), times.timestamp(j));
      }
    }
  }

  /** All entries of a segment's indexes. */
  private record Indexes(
      long baseOffset,
      List<String> offsets,
      List<String> times,
      List<AbortedTransaction> aborted) {}

  private List<Indexes> indexes() throws IOException {
    List<Indexes> all = new ArrayList<>();
    SegmentList segments = fixture.log.view().segments();
    for (int i = 0; i < segments.size(); i++) {
      Segment segment = segments.get(i);
      Indexes read =
          new Indexes(
              segment.baseOffset(),
              new ArrayList<>(),
              new ArrayList<>(),
              segment.transactionIndex().all());
      OffsetIndex offsets = segment.offsetIndex();
      for (int j = 0; j < offsets.entries(); j++) {
        read.offsets().add(offsets.offset(j) + "@" + offsets.position(j));
      }
      TimeIndex times = segment.timeIndex();
      for (int j = 0; j < times.entries(); j++) {
        read.times().add(times.timestamp(j) + "@" + times.offset(j));
      }
      all.add(read);
    }
    return all;
  }

  /**
   * The same entries, but for one: when a segment is closed, its largest timestamp is entered, and
   * if the log then goes on in it, because it was opened again or cut, that is not found anew.
   */
  private void compareToBefore(List<Indexes> before) throws IOException {
    List<Indexes> now = indexes();
    assertThat(now).extracting(Indexes::baseOffset).isEqualTo(bases(before));
    for (int i = 0; i < now.size(); i++) {
      assertThat(now.get(i).offsets()).isEqualTo(before.get(i).offsets());
      if (!settings.compacts()) { // Else those of which no record is left are not found anew.
        assertThat(now.get(i).aborted()).isEqualTo(before.get(i).aborted());
      }
      Set<String> extra = new HashSet<>(before.get(i).times());
      extra.addAll(now.get(i).times());
      Set<String> common = new HashSet<>(before.get(i).times());
      common.retainAll(now.get(i).times());
      extra.removeAll(common);
      assertThat(extra).hasSizeLessThanOrEqualTo(closes);
    }
  }

  private static List<Long> bases(List<Indexes> indexes) {
    return indexes.stream().map(Indexes::baseOffset).toList();
  }
}
