package io.ottla.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.wire.record.RecordBatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenFilesTest {

  private static final int MAX_FILES = 3;
  private static final int SEGMENTS = 30;

  @TempDir Path root;
  private final OpenFiles openFiles = new OpenFiles(MAX_FILES, 400);
  private LogFixture fixture;

  @BeforeEach
  void fill() {
    fixture = new LogFixture(root, LogFixture.SMALL, new DiskFileSystem(openFiles));
    fixture.fillSegments(SEGMENTS);
  }

  @AfterEach
  void close() {
    fixture.close();
    assertThat(openFiles.files()).isZero();
    assertThat(openFiles.bytes()).isZero();
  }

  @Test
  void inactiveSegmentsThatNobodyReadsHaveNoHandleAndNoMapping() throws IOException {
    LogFlusherTest.force(fixture.log);
    assertThat(openLogs()).hasSizeLessThanOrEqualTo(1 + MAX_FILES);
    assertThat(mappedIndexes()).isEqualTo(2);

    fixture.reopenCleanly();

    assertThat(openLogs()).hasSizeLessThanOrEqualTo(1 + MAX_FILES);
    assertThat(mappedIndexes()).isEqualTo(2);
    assertThat(LogFixture.batches(fixture.log.view())).hasSize((int) fixture.log.logEndOffset());
    assertThat(openLogs()).hasSizeLessThanOrEqualTo(1 + MAX_FILES);
    assertThat(mappedIndexes()).isEqualTo(2);
    assertThat(openFiles.bytes()).isLessThanOrEqualTo(400);
  }

  @Test
  void segmentsNotForcedYetKeepTheHandleThatWroteThem() throws IOException {
    assertThat(openLogs()).hasSize(SEGMENTS);
    LogFlusherTest.force(fixture.log);
    assertThat(openLogs()).hasSizeLessThanOrEqualTo(1 + MAX_FILES);
  }

  @Test
  void filesThatNobodyUsesAreClosedWhenAHandleIsNeeded() throws IOException {
    fixture.reopenCleanly();
    LogFixture.batches(fixture.log.view());
    LogView view = fixture.log.view();
    LogSlice read = view.read(0, 100, true, view.logEndOffset());
    int idle = openFiles.files();

    assertThat(openFiles.parkFiles()).isEqualTo(idle).isPositive();

    assertThat(openLogs()).as("the active one, and that which is read").hasSize(2);
    assertThat(read.channel().isOpen()).isTrue();
    read.release();
    assertThat(LogFixture.batches(fixture.log.view())).hasSize((int) fixture.log.logEndOffset());
    assertThat(openFiles.parkFiles()).isPositive();
    assertThat(openFiles.parkFiles()).isZero();
  }

  @Test
  void slicesKeepTheirFilesOpenHoweverManyThereAre() throws IOException {
    fixture.reopenCleanly();
    List<LogSlice> slices = new ArrayList<>();
    LogView view = fixture.log.view();
    for (int i = 0; i < SEGMENTS - 1; i++) {
      slices.add(view.read(view.segments().get(i).baseOffset(), 100, true, view.logEndOffset()));
    }
    assertThat(openLogs()).hasSize(SEGMENTS);
    for (LogSlice slice : slices) {
      assertThat(slice.channel().isOpen()).isTrue();
      ByteBuf bytes = Unpooled.buffer();
      slice.copyTo(bytes);
      assertThat(new RecordBatch().wrap(bytes, 0).baseOffset()).isEqualTo(slice.baseOffset());
      slice.release();
    }
    assertThat(openLogs()).hasSizeLessThanOrEqualTo(1 + MAX_FILES);
  }

  @Test
  void aSegmentThatWasTakenAwayIsReadToTheEndByThoseWhoHadFoundIt() throws IOException {
    LogFlusherTest.force(fixture.log);
    LogView before = fixture.log.view();
    List<byte[]> batches = LogFixture.batches(before);
    Segment first = before.segments().first();
    assertThat(first.tryRetain()).isTrue();
    fixture.log.onHighWatermark(before.logEndOffset());
    fixture.log.reconfigure(LogFixture.SMALL.withRetention(-1, 0));
    assertThat(fixture.log.deleteRetired(fixture.nowMs)).isPositive();
    fixture.directory.deleteDue(fixture.nowMs);

    assertThat(LogFixture.firstBatch(before, 1)).isEqualTo(batches.get(1));

    first.release();
  }

  private List<String> openLogs() throws IOException {
    List<String> found = new ArrayList<>();
    try (Stream<Path> handles = Files.list(Path.of("/proc/self/fd"))) {
      for (Path handle : handles.toList()) {
        try {
          String target = Files.readSymbolicLink(handle).toString();
          if (target.startsWith(root.toString()) && target.endsWith(".log")) {
            found.add(target);
          }
        } catch (IOException e) {
          // It was closed meanwhile.
        }
      }
    }
    return found;
  }

  private long mappedIndexes() throws IOException {
    try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
      return maps.filter(line -> line.contains(root.toString())).count();
    }
  }
}
