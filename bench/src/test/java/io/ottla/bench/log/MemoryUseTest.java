package io.ottla.bench.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class MemoryUseTest {

  @Test
  void readsWhatTheKernelWrites() {
    String status =
        "Name:\tjava\nVmRSS:\t  4096 kB\nRssAnon:\t    3072 kB\nRssFile:\t    1024 kB\n";
    String rollup =
        """
        100-200 ---p 00000000 00:00 0   [rollup]
        Rss:      4096 kB
        Pss:      3500 kB
        Pss_Dirty:      1 kB
        """;
    assertThat(MemoryUse.parse(status, rollup))
        .isEqualTo(new MemoryUse(4096 * 1024, 3072 * 1024, 1024 * 1024, 3500 * 1024));
  }

  @Test
  void measuresThisProcess() throws IOException {
    MemoryUse use = MemoryUse.of(ProcessHandle.current().pid());
    assertThat(use.resident()).isGreaterThanOrEqualTo(use.anonymous() + use.files());
    assertThat(use.anonymous()).isPositive();
    assertThat(use.share()).isPositive();
    assertThat(use.samples("group", "now")).hasSize(4);
  }
}
