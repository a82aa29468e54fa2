package io.ottla.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ColdReadTest {

  @TempDir Path root;
  private final FaultyFileSystem disk = new FaultyFileSystem();
  private LogFixture fixture;

  @AfterEach
  void close() {
    if (fixture != null) {
      fixture.close();
    }
  }

  private void open(LogConfig config) {
    fixture = new LogFixture(root, config, disk);
  }

  private boolean isCold(long offset) {
    return fixture.log.view().isCold(offset, fixture.log.logEndOffset(), fixture.nowMs);
  }

  private LogSlice read(long offset, int maxBytes) {
    return fixture.log.view().read(offset, maxBytes, true, fixture.log.logEndOffset());
  }

  @Test
  void whatWasJustAppendedIsInMemoryAndWhatWasThereBeforeMayNotBe() {
    open(LogFixture.SMALL);
    fixture.append(2);
    assertThat(isCold(0)).isFalse();

    fixture.reopenCleanly();
    assertThat(isCold(0)).isTrue();
    fixture.append(3);
    assertThat(isCold(0)).isTrue();
    assertThat(isCold(2)).isFalse();
  }

  @Test
  void whatIsNotThereIsNeverCold() {
    open(LogFixture.SMALL);
    fixture.append(2);
    fixture.reopenCleanly();
    assertThat(isCold(2)).as("the end").isFalse();
    assertThat(isCold(3)).as("behind the end").isFalse();
    assertThat(isCold(-1)).as("before the start").isFalse();
    assertThat(fixture.log.view().isCold(1, 1, fixture.nowMs)).as("the limit").isFalse();
  }

  @Test
  void whatWasAppendedAWhileAgoMayBeCold() {
    open(LogFixture.SMALL);
    fixture.append(1);
    fixture.nowMs += AppendTrack.RECENT_MS;
    assertThat(isCold(0)).isFalse();
    fixture.nowMs += 1;
    assertThat(isCold(0)).isTrue();
    fixture.append(1);
    assertThat(isCold(0)).isTrue();
    assertThat(isCold(1)).isFalse();
  }

  @Test
  void ofASteadyStreamTheLastSecondsAreInMemory() {
    open(LogFixture.SMALL);
    for (int i = 0; i < 60; i++) {
      fixture.append(1);
      fixture.nowMs += 1_000;
    }
    fixture.nowMs -= 1_000;
    for (int ageS = 0; ageS <= AppendTrack.RECENT_MS / 2_000; ageS++) {
      assertThat(isCold(59 - ageS)).as(ageS + " s").isFalse();
    }
    assertThat(isCold(59 - AppendTrack.RECENT_MS / 1_000 - 1)).isTrue();
  }

  @Test
  void ofAFastStreamTheLastMegabytesAreInMemory() {
    AppendTrack track = new AppendTrack(0);
    int megabyte = 1 << 20;
    for (int i = 0; i < 100; i++) {
      track.onAppend(i, megabyte, 1_000_000);
    }
    assertThat(100 - track.recentFrom())
        .isBetween(AppendTrack.RECENT_BYTES / 2L / megabyte, (long) AppendTrack.RECENT_BYTES >> 20);
    track.onTruncate(3);
    assertThat(track.recentFrom()).isEqualTo(3);
  }

  @Test
  void aSliceIsReadThroughOnlyIfItIsNotInMemory() throws IOException {
    open(LogFixture.SMALL);
    fixture.append(5);
    LogSlice slice = read(0, 1000);
    disk.bytesRead = 0;
    disk.resident = true;
    assertThat(slice.bringIn(ByteBuffer.allocate(64))).isFalse();
    assertThat(disk.bytesRead).isZero();

    disk.resident = false;
    assertThat(slice.bringIn(ByteBuffer.allocate(64))).isTrue();
    assertThat(disk.bytesRead).isEqualTo(slice.sizeInBytes());
    slice.release();
  }

  @Test
  void theRealDiskKnowsWhatIsInMemory() throws IOException {
    LogFile file = DiskFileSystem.INSTANCE.open(root.resolve("some"));
    byte[] bytes = new byte[10_000];
    assertThat(file.write(ByteBuffer.wrap(bytes))).isEqualTo(bytes.length);
    assertThat(file.isResident(5_000, 5_000)).as("just written").isTrue();
    assertThat(file.isResident(5_000, 5_001)).as("behind the end").isFalse();
    assertThat(file.sizeInBytes()).isEqualTo(bytes.length);
    file.close();
  }

  @Test
  void whatLiesBehindASliceIsFoundAndHeldByItself() throws IOException {
    open(LogFixture.SMALL);
    fixture.append(1);
    fixture.append(1);
    int batch = (int) fixture.log.view().sizeInBytes() / 2;
    LogSlice first = read(0, batch);
    LogSlice second = read(1, batch);
    LogSlice rest = first.behind(first.end(), 10_000);
    assertThat(rest.position()).isEqualTo(batch);
    assertThat(rest.sizeInBytes()).isEqualTo(batch);
    assertThat(rest.behind(rest.end(), 1).isEmpty()).isTrue();
    assertThat(second.continues(first)).isTrue();
    assertThat(first.continues(second)).isFalse();
    assertThat(first.continues(first)).isFalse();
    first.release();
    second.release();
    assertThat(rest.bringIn(ByteBuffer.allocate(64))).isTrue();
    rest.release();
  }

  @Test
  void retentionReadsNothingOnceTheAgesWereRead() {
    open(LogFixture.SMALL);
    fixture.fillSegments(4);
    fixture.log.onHighWatermark(fixture.log.logEndOffset());
    fixture.reopenCleanly();
    disk.bytesRead = 0;
    fixture.log.view().readAges(Long.MAX_VALUE);
    assertThat(disk.bytesRead).isPositive();

    disk.bytesRead = 0;
    fixture.log.reconfigure(LogFixture.SMALL.withRetention(0, -1));
    fixture.nowMs += 1_000_000_000_000L;
    assertThat(fixture.log.deleteRetired(fixture.nowMs)).isPositive();
    assertThat(disk.bytesRead).isZero();
  }

  @Test
  void tellsHowMuchWasAppendedButNotForced() {
    open(LogFixture.SMALL.withFlush(Long.MAX_VALUE, Long.MAX_VALUE));
    assertThat(fixture.log.view().unforcedBytes()).isZero();
    assertThat(fixture.log.view().unforcedSinceMs()).isEqualTo(Long.MAX_VALUE);
    fixture.append(1);
    fixture.nowMs += 10;
    fixture.append(1);
    LogView view = fixture.log.view();
    assertThat(view.unforcedBytes()).isEqualTo(view.sizeInBytes()).isPositive();
    assertThat(view.unforcedSinceMs()).isEqualTo(fixture.nowMs - 10);

    fixture.log.forceRequested();
    fixture.append(1);
    long sinceRequest = fixture.log.view().sizeInBytes() - view.sizeInBytes();
    fixture.log.onForced(new LogFlusher.Forced(2, 0, fixture.nowMs));
    assertThat(fixture.log.view().unforcedBytes()).isEqualTo(sinceRequest);
    assertThat(fixture.log.view().unforcedSinceMs()).isEqualTo(fixture.nowMs);

    fixture.log.forceRequested();
    fixture.log.onForced(new LogFlusher.Forced(3, 0, fixture.nowMs));
    assertThat(fixture.log.view().unforcedBytes()).isZero();
    assertThat(fixture.log.view().unforcedSinceMs()).isEqualTo(Long.MAX_VALUE);
  }
}
