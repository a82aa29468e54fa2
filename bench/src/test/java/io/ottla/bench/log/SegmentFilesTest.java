package io.ottla.bench.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SegmentFilesTest {

  @TempDir Path data;

  @BeforeEach
  void write() throws IOException {
    write("keyed-0/00000000000000000000.log", 100);
    write("keyed-0/00000000000000000000.index", 5000);
    write("keyed-0/00000000000000000070.log", 20);
    write("keyed-0/00000000000000000100.log", 3);
    write("keyed-0/00000000000000000030.log.deleted", 7000);
    write("keyed-0/00000000000000000000.log.cleaned", 7000);
    write("other-0/00000000000000000000.log", 1);
  }

  @Test
  void tellsTheClosedSegmentsFromTheActiveOne() throws IOException {
    SegmentFiles files = SegmentFiles.of(data.resolve("keyed-0"));
    assertThat(files.activeBase()).isEqualTo(100);
    assertThat(files.closedBytes()).isEqualTo(120);
    assertThat(files.bytesBelow(70)).isEqualTo(100);
    assertThat(files.bytesBelow(1000)).isEqualTo(123);
  }

  @Test
  void countsTheSegmentsOfTopicsThatAreCalledSo() throws IOException {
    assertThat(SegmentFiles.count(data, "keyed-")).isEqualTo(3);
    assertThat(SegmentFiles.count(data, "nothing-")).isZero();
  }

  @Test
  void findsAllLogs() throws IOException {
    assertThat(SegmentFiles.all(data)).hasSize(4);
  }

  private void write(String file, int bytes) throws IOException {
    Path path = data.resolve(file);
    Files.createDirectories(path.getParent());
    Files.write(path, new byte[bytes]);
  }
}
