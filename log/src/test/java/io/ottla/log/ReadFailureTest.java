package io.ottla.log;

import static io.ottla.log.PartitionLogTest.is;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.wire.ErrorCode;
import io.ottla.wire.record.DecompressionLimits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that does not give back what it took. */
class ReadFailureTest {

  @TempDir Path root;
  private final FaultyFileSystem disk = new FaultyFileSystem();
  private final List<LogException> told = new ArrayList<>();
  private LogFixture fixture;

  @BeforeEach
  void open() {
    fixture = new LogFixture(root, LogFixture.SMALL, disk);
    fixture.fillSegments(3);
    fixture.directory.whenReadFails(told::add);
  }

  @AfterEach
  void close() {
    disk.unreadable = null;
    fixture.close();
  }

  private LogSlice read(long offset) {
    return fixture.log.view().read(offset, 1000, true, fixture.log.logEndOffset());
  }

  @Test
  void isToldByALookup() {
    disk.unreadable = ".log";
    assertThatThrownBy(() -> read(0)).satisfies(is(ErrorCode.KAFKA_STORAGE_ERROR));
    assertThat(told).extracting(LogException::error).contains(ErrorCode.KAFKA_STORAGE_ERROR);
    assertThat(told.getFirst().getMessage()).contains("00000000000000000000.log");
  }

  @Test
  void isToldByTheIndexOfAnOldSegment() {
    disk.unreadable = ".index";
    assertThatThrownBy(() -> read(0)).satisfies(is(ErrorCode.KAFKA_STORAGE_ERROR));
    assertThat(told).isNotEmpty();
  }

  @Test
  void isToldByALookupOfATimestamp() {
    disk.unreadable = ".timeindex";
    assertThatThrownBy(
            () ->
                fixture
                    .log
                    .view()
                    .offsetForTimestamp(
                        0, fixture.log.logEndOffset(), DecompressionLimits.ofBatch(1 << 20)))
        .satisfies(is(ErrorCode.KAFKA_STORAGE_ERROR));
    assertThat(told).isNotEmpty();
  }

  @Test
  void isToldByASliceOnItsWay() {
    LogSlice slice = read(0);
    disk.unreadable = ".log";
    assertThatThrownBy(() -> slice.probe(0, ByteBuffer.allocate(100)))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> slice.bringIn(ByteBuffer.allocate(100)))
        .isInstanceOf(IOException.class);
    assertThat(told).hasSize(2);
    slice.release();
  }

  @Test
  void isToldByRecoveryAsSoonAsSomebodyListens() {
    fixture.crash();
    disk.unreadable = ".log";
    assertThatThrownBy(fixture::open).satisfies(is(ErrorCode.KAFKA_STORAGE_ERROR));
    assertThat(told).isEmpty();
    fixture.directory.whenReadFails(told::add);
    assertThat(told).hasSize(1);
    fixture.directory.close();
    fixture.log = null;
  }

  @Test
  void isNotWhatDamagedContentIs() throws IOException {
    Path first = root.resolve("orders-0/00000000000000000000.log");
    try (FileChannel channel = FileChannel.open(first, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[20]), 0);
    }
    assertThatThrownBy(() -> read(0)).isInstanceOf(LogException.class);
    assertThat(told).isEmpty();
  }

  @Test
  void isNotAMissingFileNorAShortOne() throws IOException {
    LogSlice slice = read(0);
    try (FileChannel channel = slice.channel()) {
      assertThat(channel.truncate(slice.position()).size()).isZero();
    }
    assertThatThrownBy(() -> slice.bringIn(ByteBuffer.allocate(100)))
        .isInstanceOf(IOException.class);
    slice.release();
    Files.delete(root.resolve("orders-0/00000000000000000000.index"));
    assertThatThrownBy(() -> read(0)).isInstanceOf(LogException.class);
    assertThat(told).isEmpty();
  }
}
