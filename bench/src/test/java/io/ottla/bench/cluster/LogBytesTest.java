package io.ottla.bench.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogBytesTest {

  @TempDir Path data;

  @Test
  void addsUpTheSegmentsOfTheTopicAndNothingElse() throws IOException {
    write("missed-0/00000000000000000000.log", 100);
    write("missed-0/00000000000000000000.index", 5000);
    write("missed-0/00000000000000000007.log", 20);
    write("missed-11/00000000000000000000.log", 3);
    write("missed-too-0/00000000000000000000.log", 7000);
    write("missed-0-delete/00000000000000000000.log", 7000);
    assertThat(LogBytes.of(data, "missed")).isEqualTo(123);
  }

  @Test
  void findsNothingOfATopicThatIsNotThere() throws IOException {
    assertThat(LogBytes.of(data, "missed")).isZero();
  }

  private void write(String file, int bytes) throws IOException {
    Path path = data.resolve(file);
    Files.createDirectories(path.getParent());
    Files.write(path, new byte[bytes]);
  }
}
