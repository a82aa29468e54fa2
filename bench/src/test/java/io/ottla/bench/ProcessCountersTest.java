package io.ottla.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class ProcessCountersTest {

  @Test
  void readsWhatTheKernelWrites() {
    String stat = "42 (a (b) c) S 1 42 42 0 -1 4194560 100 0 0 0 250 75 0 0 20 0 30 0 5 6 7";
    String status = "Name:\ta (b) c\nVmRSS:\t  2048 kB\nRssAnon:\t    1024 kB\n";
    assertThat(ProcessCounters.parse(stat, status))
        .isEqualTo(new ProcessCounters(3.25, 2048 * 1024, 1024 * 1024));
  }

  @Test
  void countsThisProcess() throws IOException {
    ProcessCounters counters = ProcessCounters.of(ProcessHandle.current().pid());
    assertThat(counters.cpuSeconds()).isPositive();
    assertThat(counters.residentBytes()).isGreaterThan(counters.anonymousBytes());
  }

  @Test
  void refusesAProcessThatIsGone() throws Exception {
    Process gone = new ProcessBuilder("true").start();
    gone.waitFor();
    assertThatIllegalStateException().isThrownBy(() -> ProcessCounters.of(gone.pid()));
  }

  @Test
  void knowsTheCompilersOfAJvmByTheNamesOfTheirThreads() {
    assertThat(ProcessCounters.isCompiler("12 (C2 CompilerThre) S 1 2")).isTrue();
    assertThat(ProcessCounters.isCompiler("13 (C1 CompilerThre) S 1 2")).isTrue();
    assertThat(ProcessCounters.isCompiler("14 (VM Thread) S 1 2")).isFalse();
  }

  @Test
  void countsTheCompilersOfThisJvm() throws IOException {
    long pid = ProcessHandle.current().pid();
    assertThat(ProcessCounters.compilerCpuSeconds(pid))
        .isLessThanOrEqualTo(ProcessCounters.of(pid).cpuSeconds());
  }
}
