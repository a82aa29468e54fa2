package io.ottla.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChildProcessTest {

  @TempDir Path dir;

  @Test
  void saysLoudlyHowAProcessDied() throws IOException {
    try (ChildProcess child = start("echo no disk left; exit 3")) {
      assertThat(child.awaitEnd(30, TimeUnit.SECONDS)).isTrue();
      assertThatThrownBy(child::requireAlive)
          .isInstanceOf(MeasurementException.class)
          .hasMessageContaining("the child died with status 3")
          .hasMessageContaining("no disk left");
      assertThatThrownBy(() -> child.requireSuccess(1)).hasMessageContaining("no disk left");
    }
  }

  @Test
  void stopsAProcessThatListens() throws IOException {
    try (ChildProcess child = start("exec sleep 60")) {
      child.requireAlive();
      assertThat(child.stop(30)).isBetween(0.0, 30_000.0);
      assertThat(child.isAlive()).isFalse();
    }
  }

  @Test
  void killsWhatIsStillThereWhenClosed() throws IOException {
    ChildProcess child = start("exec sleep 60");
    child.close();
    assertThat(child.isAlive()).isFalse();
  }

  @Test
  void givesUpOnAProcessThatDoesNotEnd() throws IOException {
    try (ChildProcess child = start("echo busy; exec sleep 60")) {
      assertThatThrownBy(() -> child.requireSuccess(0))
          .isInstanceOf(MeasurementException.class)
          .hasMessageContaining("did not end in 0 s");
    }
  }

  private ChildProcess start(String script) throws IOException {
    return ChildProcess.start(
        "the child",
        List.of("/bin/sh", "-c", script),
        Path.of(System.getProperty("java.home")),
        dir.resolve("output.log"));
  }
}
