package io.ottla.bench.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.ottla.bench.log.DiskCounters.Device;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskCountersTest {

  private static final String STATS =
      """
         7       0 loop0 869 34 28306 113 1111 1662 8860 1593 0 1584 2832 0 0 0 0 804 1125
       254       0 vda 10 1 2000 5 30 3 4000 6 0 7 8 0 0 0 0 90 11
       254       1 vda1 1 1 2 5 3 3 4 6 0 7 8 0 0 0 0 9 11
      """;

  @Test
  void findsTheDeviceByItsNumbers() {
    assertThat(DiskCounters.parse(STATS, 254, 0)).contains(new DiskCounters(1_024_000, 30, 90));
    assertThat(DiskCounters.parse(STATS, 254, 1)).contains(new DiskCounters(1024, 3, 9));
  }

  @Test
  void knowsNothingOfADeviceThatIsNotThereNorOfFlushesOnAnOldKernel() {
    assertThat(DiskCounters.parse(STATS, 8, 0)).isEmpty();
    assertThat(DiskCounters.parse("254 0 vda 10 1 2000 5 30 3 4000 6 0 7 8", 254, 0)).isEmpty();
  }

  @Test
  void countsFromOneMomentToAnother() {
    assertThat(new DiskCounters(500, 20, 9).since(new DiskCounters(100, 5, 2)))
        .isEqualTo(new DiskCounters(400, 15, 7));
  }

  @Test
  void takesTheNumberOfADeviceApart() {
    assertThat(Device.decode(0xfe00)).isEqualTo(new Device(254, 0));
    assertThat(Device.decode(0x801)).isEqualTo(new Device(8, 1));
    assertThat(Device.decode(0x110301)).isEqualTo(new Device(259, 0x101));
  }

  @Test
  void looksAtTheDiskOfADirectory(@TempDir Path directory) {
    assertThatCode(
            () -> {
              var _ = DiskCounters.of(directory);
              var _ = Device.of(directory).cachesWrites();
            })
        .doesNotThrowAnyException();
  }
}
