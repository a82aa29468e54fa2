package io.ottla.log;

import static io.ottla.log.PartitionLogTest.is;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import io.ottla.wire.record.BatchHeader;
import io.ottla.wire.record.RecordBatch;
import io.ottla.wire.record.RecordBatchBuilder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogRecoveryTest {

  @TempDir Path root;
  private LogFixture fixture;

  @BeforeEach
  void open() {
    fixture = new LogFixture(root, LogFixture.SMALL);
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void scansNothingAfterACleanClose() throws IOException {
    fixture.leaderEpoch = 2;
    fixture.fillSegments(3);
    fixture.log.onHighWatermark(7);
    fixture.log.deleteRecordsBefore(3);
    List<byte[]> before = LogFixture.batches(fixture.log.view());
    long end = fixture.log.logEndOffset();

    fixture.reopenCleanly();

    assertThat(fixture.directory.wasClosedCleanly()).isTrue();
    assertThat(fixture.directory.cleanShutdownBrokerEpoch()).isEqualTo(3);
    assertThat(fixture.log.recoveryReport())
        .isEqualTo(new RecoveryReport(true, 0, 0, 0, fixture.log.logEndOffset()));
    assertThat(LogFixture.batches(fixture.log.view())).containsExactlyElementsOf(before);
    assertThat(fixture.log.logEndOffset()).isEqualTo(end);
    assertThat(fixture.log.logStartOffset()).isEqualTo(3);
    assertThat(fixture.log.highWatermark()).isEqualTo(7);
    assertThat(fixture.log.recoveryPoint()).isEqualTo(end);
    assertThat(fixture.log.leaderEpochs()).hasToString("[2@3]");
    assertThat(fixture.append(1).baseOffset()).isEqualTo(end);
  }

  @Test
  void trustsTheMarkOfACleanShutdownOnlyOnce() {
    fixture.append(1);
    fixture.reopenCleanly();
    assertThat(root.resolve(".kafka_cleanshutdown")).doesNotExist();
    fixture.reopenAfterCrash();
    assertThat(fixture.directory.wasClosedCleanly()).isFalse();
    assertThat(fixture.log.recoveryReport().clean()).isFalse();
  }

  @Test
  void findsEverythingAgainAfterACrash() throws IOException {
    fixture.leaderEpoch = 1;
    fixture.fillSegments(2);
    fixture.leaderEpoch = 4;
    fixture.fillSegments(4);
    List<byte[]> before = LogFixture.batches(fixture.log.view());
    LeaderEpochs epochs = fixture.log.leaderEpochs();
    Files.delete(fixture.partitionPath().resolve("leader-epoch-checkpoint"));

    fixture.reopenAfterCrash();

    assertThat(LogFixture.batches(fixture.log.view())).containsExactlyElementsOf(before);
    assertThat(fixture.log.leaderEpochs()).isEqualTo(epochs);
    assertThat(fixture.log.recoveryReport().segmentsScanned()).isEqualTo(4);
    assertThat(fixture.log.recoveryReport().bytesCut()).isZero();
  }

  @Test
  void scansFromTheSegmentThatHoldsTheRecoveryPoint() {
    fixture.fillSegments(3);
    LogFlusherTest.force(fixture.log);
    fixture.directory.checkpointRecoveryPoints();
    fixture.fillSegments(5);

    fixture.reopenAfterCrash();

    assertThat(fixture.log.recoveryReport().segmentsScanned()).isEqualTo(3);
  }

  @Test
  void cutsATornTailAndGoesOn() throws IOException {
    fixture.append(3);
    int good = (int) fixture.log.view().sizeInBytes();
    fixture.append(3);
    fixture.crash();
    cutFile(0, good + 20);

    fixture.open();

    assertThat(fixture.log.logEndOffset()).isEqualTo(3);
    assertThat(fixture.log.recoveryReport().bytesCut()).isEqualTo(20);
    assertThat(Files.size(log(0))).isEqualTo(good);
    assertThat(fixture.append(1).baseOffset()).isEqualTo(3);
    fixture.reopenAfterCrash();
    assertThat(LogFixture.ranges(fixture.log.view())).containsExactly("0-2", "3-3");
  }

  @Test
  void cutsAtABatchWithAWrongChecksumAndDropsTheSegmentsBehindIt() throws IOException {
    fixture.fillSegments(4);
    long secondBase = fixture.log.view().segments().get(1).baseOffset();
    fixture.crash();
    flipByte(secondBase, BatchHeader.SIZE + 2);

    fixture.open();

    assertThat(fixture.log.logEndOffset()).isEqualTo(secondBase);
    assertThat(fixture.log.view().segmentCount()).isEqualTo(2);
    assertThat(fixture.append(1).baseOffset()).isEqualTo(secondBase);
    fixture.reopenAfterCrash();
    assertThat(fixture.log.recoveryReport().bytesCut()).isZero();
  }

  @Test
  void endsTheLogBeforeAHoleThatTheDiskLeft() throws IOException {
    fixture.directory.checkpointRecoveryPoints();
    fixture.fillSegments(3);
    long secondBase = fixture.log.view().segments().get(1).baseOffset();
    fixture.crash();
    // The last batch of the first segment did not reach the disk, the second segment did.
    cutFile(0, (secondBase - 1) * (Files.size(log(0)) / secondBase));

    fixture.open();

    assertThat(fixture.log.logEndOffset()).isEqualTo(secondBase - 1);
    assertThat(fixture.log.view().segmentCount()).isEqualTo(1);
  }

  @Test
  void keepsTheGapsOfACompactedLog() throws IOException {
    fixture.config = LogFixture.SMALL.withCleanupPolicy(false, true);
    fixture.directory.checkpointRecoveryPoints();
    for (int i = 1; i < 40; i++) {
      ByteBuf bytes = TestBatches.records(1, 1);
      new RecordBatch().wrap(bytes, 0).baseOffset(i * 10L).partitionLeaderEpoch(0);
      fixture.replicate(bytes);
    }
    assertThat(fixture.log.view().segmentCount()).isGreaterThan(2);

    fixture.reopenAfterCrash();

    assertThat(LogFixture.ranges(fixture.log.view())).hasSize(39).endsWith("390-390");
  }

  @Test
  void endsTheLogWhereLeaderEpochsGoBack() throws IOException {
    // Left from before the log was cut: newer records took the place of older ones, not of all.
    ByteBuf bytes = Unpooled.buffer();
    for (int i = 0; i < 3; i++) {
      int at = bytes.writerIndex();
      TestBatches.records(bytes, 1, 1, 1);
      new RecordBatch().wrap(bytes, at).baseOffset(i).partitionLeaderEpoch(i == 1 ? 7 : 5);
    }
    fixture.crash();
    byte[] content = new byte[bytes.readableBytes()];
    bytes.readBytes(content);
    Files.write(log(0), content);

    fixture.open();

    assertThat(LogFixture.ranges(fixture.log.view())).containsExactly("0-0", "1-1");
  }

  @Test
  void endsTheLogAtALeaderEpochThatNobodyHasLedInYet() throws IOException {
    fixture.append(3);
    fixture.append(3);
    fixture.append(3);
    fixture.crash();
    flipByte(0, (int) Files.size(log(0)) / 3 + BatchHeader.PARTITION_LEADER_EPOCH);

    openWithEpochsUpTo(9);

    assertThat(LogFixture.ranges(fixture.log.view())).containsExactly("0-2");
    assertThat(fixture.log.leaderEpochs().latest()).isZero();
  }

  @Test
  void doesNotOpenForcedRecordsOfALeaderEpochThatNobodyHasLedInYet() throws IOException {
    fixture.append(3);
    fixture.append(3);
    LogFlusherTest.force(fixture.log);
    fixture.directory.checkpointRecoveryPoints();
    fixture.append(3);
    fixture.crash();
    flipByte(0, (int) Files.size(log(0)) / 3 + BatchHeader.PARTITION_LEADER_EPOCH);
    byte[] before = Files.readAllBytes(log(0));

    assertThatThrownBy(() -> openWithEpochsUpTo(9))
        .satisfies(is(ErrorCode.KAFKA_STORAGE_ERROR))
        .hasMessageContaining("Nothing was cut off");
    assertThat(Files.readAllBytes(log(0))).isEqualTo(before);
  }

  @Test
  void doesNotOpenAProperlyClosedLogOfLaterLeaderEpochsThanThereAre() {
    fixture.leaderEpoch = 3;
    fixture.append(3);
    fixture.leaderEpoch = 12;
    fixture.append(3);
    fixture.closeCleanly();

    assertThatThrownBy(() -> openWithEpochsUpTo(11))
        .satisfies(is(ErrorCode.KAFKA_STORAGE_ERROR))
        .hasMessageContaining("offset 3,")
        .hasMessageContaining("leader epoch 12 is later than the partition's, which is 11");

    openWithEpochsUpTo(12);
    assertThat(fixture.log.logEndOffset()).isEqualTo(6);
  }

  @Test
  void readsLeaderEpochsFromTheLogIfNothingIsLeftThatSaysWhatWasForced() throws IOException {
    appendInTwoEpochs();
    LeaderEpochs epochs = fixture.log.leaderEpochs();
    fixture.closeCleanly();
    Files.delete(fixture.partitionPath().resolve("leader-epoch-checkpoint"));
    Path points = root.resolve("recovery-point-offset-checkpoint");
    Files.writeString(points, Files.readString(points).replace("orders ", "or "));

    fixture.open();

    assertThat(fixture.log.leaderEpochs()).isEqualTo(epochs);
  }

  @Test
  void readsLeaderEpochsFromTheLogIfTheirFileHasOneThatNobodyHasLedInYet() throws IOException {
    appendInTwoEpochs();
    LeaderEpochs epochs = fixture.log.leaderEpochs();
    long end = fixture.log.logEndOffset();
    fixture.crash();
    Path file = fixture.partitionPath().resolve("leader-epoch-checkpoint");
    Files.writeString(
        file, Files.readString(file).replace("1 0\n", "9 0\n").replace("\n2 ", "\n11 "));

    openWithEpochsUpTo(2);

    assertThat(fixture.log.leaderEpochs()).isEqualTo(epochs);
    assertThat(fixture.log.logEndOffset()).isEqualTo(end);
  }

  @Test
  void doesNotCutRecordsThatWereForced() throws IOException {
    fixture.append(3);
    fixture.append(3);
    LogFlusherTest.force(fixture.log);
    fixture.directory.checkpointRecoveryPoints();
    fixture.append(3);
    fixture.crash();
    long size = Files.size(log(0));
    flipByte(0, BatchHeader.MAGIC);

    assertThatThrownBy(() -> fixture.open())
        .satisfies(is(ErrorCode.KAFKA_STORAGE_ERROR))
        .hasMessageContaining("damaged at position 0")
        .hasMessageContaining("recovery point 6")
        .hasMessageContaining("Nothing was cut off");
    assertThat(Files.size(log(0))).isEqualTo(size);
  }

  @Test
  void doesNotTakeRecordsBeforeTheLogsStartForForced() throws IOException {
    fixture.append(3);
    fixture.append(3);
    fixture.log.onHighWatermark(6);
    fixture.log.deleteRecordsBefore(5);
    fixture.directory.checkpointRecoveryPoints();
    fixture.directory.checkpointLogStartOffsets();
    fixture.crash();
    cutFile(0, Files.size(log(0)) - 1);

    fixture.open();

    assertThat(fixture.log.logStartOffset()).isEqualTo(5);
    assertThat(fixture.log.logEndOffset()).isEqualTo(5);
  }

  @Test
  void doesNotReadForcedRecordsForTheirChecksums() throws IOException {
    fixture.append(3);
    LogFlusherTest.force(fixture.log);
    fixture.directory.checkpointRecoveryPoints();
    fixture.append(3);
    fixture.crash();
    flipByte(0, BatchHeader.SIZE + 2);

    fixture.open();

    assertThat(fixture.log.logEndOffset()).isEqualTo(6);
  }

  @Test
  void isTheSameTheSecondTime() throws IOException {
    fixture.fillSegments(3);
    fixture.crash();
    cutFile(lastBase(), 30);
    fixture.open();
    List<byte[]> first = LogFixture.batches(fixture.log.view());
    List<String> files = files();

    fixture.reopenAfterCrash();

    assertThat(LogFixture.batches(fixture.log.view())).containsExactlyElementsOf(first);
    assertThat(files()).isEqualTo(files);
    assertThat(fixture.log.recoveryReport().bytesCut()).isZero();
  }

  @Test
  void buildsIndexesAnewThatAreMissingOrDoNotFit() throws IOException {
    fixture.fillSegments(4);
    List<byte[]> before = LogFixture.batches(fixture.log.view());
    fixture.closeCleanly();
    byte[] offsets = Files.readAllBytes(index(0, ".index"));
    byte[] times = Files.readAllBytes(index(0, ".timeindex"));
    assertThat(offsets).isNotEmpty();
    Files.delete(index(0, ".index"));
    long last = lastBase();
    Files.write(index(last, ".index"), new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9});
    Files.write(index(last, ".timeindex"), new byte[24]);

    fixture.open();

    assertThat(Files.readAllBytes(index(0, ".index"))).isEqualTo(offsets);
    assertThat(Files.readAllBytes(index(0, ".timeindex"))).isEqualTo(times);
    assertThat(LogFixture.batches(fixture.log.view())).containsExactlyElementsOf(before);
  }

  @Test
  void readsWithoutAnIndexThatIsDamagedInside() throws IOException {
    fixture.fillSegments(4);
    List<byte[]> before = LogFixture.batches(fixture.log.view());
    fixture.closeCleanly();
    byte[] offsets = Files.readAllBytes(index(0, ".index"));
    ByteBuffer.wrap(offsets).putInt(offsets.length - 4, 1 << 20);
    Files.write(index(0, ".index"), offsets);
    byte[] shifted = Files.readAllBytes(index(baseAfter(0), ".index"));
    ByteBuffer.wrap(shifted).putInt(4, ByteBuffer.wrap(shifted).getInt(4) + 3);
    Files.write(index(baseAfter(0), ".index"), shifted);

    fixture.open();

    assertThat(LogFixture.batches(fixture.log.view())).containsExactlyElementsOf(before);
  }

  @Test
  void readsWithoutAnIndexThatPointsAtWhatOnlyLooksLikeABatch() throws IOException {
    fixture.append(9);
    fixture.append(9);
    ByteBuf inside = TestBatches.records(fixture.nowMs, 20);
    new RecordBatch().wrap(inside, 0).baseOffset(3);
    byte[] value = new byte[inside.readableBytes()];
    inside.readBytes(value);
    ByteBuf outside = Unpooled.buffer();
    try (RecordBatchBuilder builder = new RecordBatchBuilder(outside)) {
      builder.append(fixture.nowMs, null, value);
      fixture.append(builder.build());
    }
    fixture.append(9);
    fixture.append(9);
    List<byte[]> before = LogFixture.batches(fixture.log.view());
    fixture.closeCleanly();
    ByteBuffer entries = ByteBuffer.wrap(Files.readAllBytes(index(0, ".index")));
    assertThat(entries.getInt(8)).as("offset of the second entry").isEqualTo(18);
    byte[] batch = before.get(2);
    entries.putInt(12, entries.getInt(12) + batch.length - value.length - 1);
    Files.write(index(0, ".index"), entries.array());

    fixture.open();

    assertThat(LogFixture.firstBatch(fixture.log.view(), 18)).isEqualTo(batch);
  }

  @Test
  void readsLeaderEpochsFromTheLogIfTheirFileIsDamaged() throws IOException {
    appendInTwoEpochs();
    LeaderEpochs epochs = fixture.log.leaderEpochs();
    fixture.closeCleanly();
    Files.writeString(fixture.partitionPath().resolve("leader-epoch-checkpoint"), "0\n7\n1 0\n");

    fixture.open();

    assertThat(fixture.log.leaderEpochs()).isEqualTo(epochs);
  }

  @Test
  void knowsAfterACrashWhoHasNeverBeenHere() {
    for (int i = 0; i < 60; i++) {
      fixture.append(TestBatches.idempotent(i % 5, 0, i / 5, 1, fixture.nowMs));
    }
    fixture.reopenAfterCrash();
    assertThat(fixture.log.producerStates().isComplete()).isTrue();
    fixture.reopenCleanly();
    assertThat(fixture.log.producerStates().isComplete()).isTrue();
  }

  @Test
  void doesNotKnowWhoWroteWhatWasGoneBeforeTheLogWasRead() throws IOException {
    for (int i = 0; i < 60; i++) {
      fixture.append(TestBatches.idempotent(i, 0, 0, 1, fixture.nowMs));
    }
    fixture.closeCleanly();
    try (Stream<Path> files = Files.list(fixture.partitionPath())) {
      for (Path file : files.filter(it -> it.toString().endsWith(".snapshot")).toList()) {
        Files.delete(file);
      }
    }
    for (String suffix : List.of(".log", ".index", ".timeindex")) {
      Files.delete(index(0, suffix));
    }

    fixture.open();

    assertThat(fixture.log.producerStates().isComplete()).isFalse();
  }

  @Test
  void restoresProducersFromTheNewestSnapshotThatIsWhole() throws IOException {
    for (int i = 0; i < 60; i++) {
      fixture.append(TestBatches.idempotent(i % 5, 0, i / 5, 1, fixture.nowMs));
    }
    assertThat(fixture.log.view().segmentCount()).isGreaterThan(3);
    byte[] live = ProducerSnapshotTest.sorted(fixture.log.producerStates());
    fixture.closeCleanly();
    Path newest = index(60, ".snapshot");
    assertThat(newest).exists();
    byte[] damaged = Files.readAllBytes(newest);
    damaged[damaged.length - 1] ^= 1;
    Files.write(newest, damaged);

    fixture.open();

    assertThat(ProducerSnapshotTest.sorted(fixture.log.producerStates())).isEqualTo(live);
    assertThat(fixture.append(TestBatches.idempotent(0, 0, 11, 1, 1)).duplicate()).isTrue();
    assertThat(fixture.append(TestBatches.idempotent(0, 0, 12, 1, 1)).duplicate()).isFalse();
  }

  @Test
  void restoresProducersWithoutAnySnapshot() throws IOException {
    for (int i = 0; i < 60; i++) {
      fixture.append(TestBatches.idempotent(i % 5, 0, i / 5, 1, fixture.nowMs));
    }
    byte[] live = ProducerSnapshotTest.sorted(fixture.log.producerStates());
    for (boolean clean : new boolean[] {true, false}) {
      if (clean) {
        fixture.closeCleanly();
      } else {
        fixture.crash();
      }
      for (String name : files()) {
        if (name.endsWith(".snapshot")) {
          Files.delete(fixture.partitionPath().resolve(name));
        }
      }
      fixture.open();
      assertThat(ProducerSnapshotTest.sorted(fixture.log.producerStates())).isEqualTo(live);
    }
  }

  @Test
  void restoresOpenTransactionsAndAborts() {
    fixture.append(TestBatches.transactional(1, 0, 0, 1, fixture.nowMs)); // 0
    fixture.append(TestBatches.transactional(2, 0, 0, 1, fixture.nowMs)); // 1
    fixture.fillSegments(3);
    long marker = fixture.appendMarker(TestBatches.marker(1, 0, false, 0, 1)).baseOffset();
    fixture.log.onHighWatermark(marker + 1);

    for (boolean clean : new boolean[] {true, false}) {
      if (clean) {
        fixture.reopenCleanly();
      } else {
        fixture.directory.checkpointHighWatermarks();
        fixture.reopenAfterCrash();
      }
      assertThat(fixture.log.lastStableOffset()).isEqualTo(1);
      assertThat(fixture.log.view().abortedTransactions(0, marker + 1))
          .containsExactly(new AbortedTransaction(1, 0, marker, 1));
    }
  }

  @Test
  void finishesDeletionsAndDropsIncompleteCopies() throws IOException {
    fixture.append(1);
    fixture.closeCleanly();
    for (String name :
        List.of(
            "00000000000000000009.log.deleted",
            "00000000000000000009.index.cleaned",
            "00000000000000000009.log.cleaned",
            "00000000000000000009.log.swap",
            "00000000000000000007.timeindex",
            "leader-epoch-checkpoint.tmp")) {
      Files.write(fixture.partitionPath().resolve(name), new byte[12]);
    }

    fixture.open();

    assertThat(files())
        .containsExactlyInAnyOrder(
            "00000000000000000000.log",
            "00000000000000000000.index",
            "00000000000000000000.timeindex",
            "00000000000000000001.snapshot",
            "leader-epoch-checkpoint",
            "partition.metadata");
  }

  @Test
  void letsACompleteCopyTakeThePlaceOfItsSources() throws IOException {
    fixture.fillSegments(4);
    LogView view = fixture.log.view();
    long second = view.segments().get(1).baseOffset();
    long third = view.segments().get(2).baseOffset();
    long end = view.logEndOffset();
    List<String> ranges = LogFixture.ranges(view);
    fixture.closeCleanly();
    // The first two became one, with the first batch of the first and the last of the second.
    byte[] first = Files.readAllBytes(log(0));
    byte[] other = Files.readAllBytes(log(second));
    int size = 12 + ByteBuffer.wrap(first).getInt(8);
    ByteBuffer both = ByteBuffer.allocate(2 * size);
    both.put(first, 0, size).put(other, other.length - size, size);
    Files.write(fixture.partitionPath().resolve("00000000000000000000.log.swap"), both.array());

    fixture.open();

    List<String> expected = new ArrayList<>(List.of("0-0"));
    expected.addAll(ranges.subList((int) third - 1, (int) end));
    assertThat(LogFixture.ranges(fixture.log.view())).isEqualTo(expected);
    assertThat(log(second)).doesNotExist();
    fixture.reopenAfterCrash();
    assertThat(LogFixture.ranges(fixture.log.view())).isEqualTo(expected);
  }

  @Test
  void startsAnewIfTheLogEndsBeforeItsStart() throws IOException {
    fixture.append(3);
    fixture.log.onHighWatermark(3);
    fixture.log.deleteRecordsBefore(3);
    fixture.directory.checkpointLogStartOffsets();
    fixture.crash();
    cutFile(0, 10);

    fixture.open();

    assertThat(fixture.log.logStartOffset()).isEqualTo(3);
    assertThat(fixture.log.logEndOffset()).isEqualTo(3);
    assertThat(fixture.append(1).baseOffset()).isEqualTo(3);
  }

  @Test
  void takesZerosBehindTheLastBatchForRoomNotForDamage() throws IOException {
    fixture.close();
    fixture = new LogFixture(root.resolve("b"), LogFixture.SMALL.withPreallocate(true));
    fixture.append(3);
    assertThat(Files.size(log(0))).isEqualTo(1024);

    fixture.reopenAfterCrash();

    assertThat(fixture.log.logEndOffset()).isEqualTo(3);
    assertThat(fixture.log.recoveryReport().bytesCut()).isZero();
    fixture.fillSegments(3);
    fixture.reopenCleanly();
    assertThat(fixture.log.recoveryReport().clean()).isTrue();
    assertThat(LogFixture.ranges(fixture.log.view())).startsWith("0-2", "3-3");
  }

  @Test
  void refusesTheDirectoryOfAnotherTopicOfTheSameName() {
    fixture.log.close();
    assertThatThrownBy(
            () ->
                PartitionLog.open(
                    fixture.directory, LogFixture.PARTITION, new Uuid(1, 2), fixture.config, 0))
        .satisfies(is(ErrorCode.INCONSISTENT_TOPIC_ID));
    fixture.directory.close();
    fixture.log = null;
  }

  @Test
  void opensAgainInTheSameProcessWithoutAScan() {
    fixture.fillSegments(3);
    long end = fixture.log.logEndOffset();
    fixture.log.close();
    fixture.log =
        PartitionLog.open(
            fixture.directory, LogFixture.PARTITION, LogFixture.TOPIC_ID, fixture.config, 0);

    assertThat(fixture.log.recoveryReport().clean()).isTrue();
    assertThat(fixture.log.logEndOffset()).isEqualTo(end);
  }

  private void appendInTwoEpochs() {
    fixture.leaderEpoch = 1;
    fixture.fillSegments(3);
    fixture.leaderEpoch = 2;
    fixture.append(1);
  }

  private void openWithEpochsUpTo(int newestEpoch) {
    fixture.directory = LogDirectory.open(fixture.fileSystem, root);
    try {
      fixture.log =
          PartitionLog.open(
              fixture.directory,
              LogFixture.PARTITION,
              LogFixture.TOPIC_ID,
              fixture.config,
              fixture.nowMs,
              newestEpoch);
    } finally {
      if (fixture.log == null) {
        fixture.directory.close();
      }
    }
  }

  private Path log(long baseOffset) {
    return index(baseOffset, ".log");
  }

  private Path index(long baseOffset, String suffix) {
    return SegmentFiles.path(fixture.partitionPath(), baseOffset, suffix);
  }

  private long baseAfter(long baseOffset) throws IOException {
    return files().stream()
        .filter(name -> name.endsWith(".log"))
        .mapToLong(SegmentFiles::offset)
        .filter(offset -> offset > baseOffset)
        .min()
        .orElseThrow();
  }

  private long lastBase() throws IOException {
    return files().stream()
        .filter(name -> name.endsWith(".log"))
        .mapToLong(SegmentFiles::offset)
        .max()
        .orElseThrow();
  }

  private List<String> files() throws IOException {
    return fixture.fileSystem.list(fixture.partitionPath()).stream().sorted().toList();
  }

  private void cutFile(long baseOffset, long size) throws IOException {
    try (FileChannel channel = FileChannel.open(log(baseOffset), StandardOpenOption.WRITE)) {
      channel.truncate(size);
    }
  }

  private void flipByte(long baseOffset, int position) throws IOException {
    byte[] bytes = Files.readAllBytes(log(baseOffset));
    bytes[position] ^= 1;
    Path aside = root.resolve("aside");
    Files.write(aside, bytes);
    Files.move(aside, log(baseOffset), StandardCopyOption.REPLACE_EXISTING);
  }
}
