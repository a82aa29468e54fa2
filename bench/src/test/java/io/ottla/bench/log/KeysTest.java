package io.ottla.bench.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class KeysTest {

  @Test
  void spreadsTheRecordsEvenlyOverAllKeys() {
    Keys keys = new Keys(10);
    int[] records = new int[10];
    for (long record = 0; record < 10_000; record++) {
      records[keys.of(record)]++;
    }
    assertThat(Arrays.stream(records)).allMatch(count -> count >= 800 && count <= 1200);
  }

  @Test
  void knowsTheLastRecordOfEachKey() {
    Keys keys = new Keys(100);
    Map<Integer, Long> expected = new HashMap<>();
    for (long record = 0; record < 450; record++) {
      expected.put(keys.of(record), record);
    }
    long[] last = keys.last(450);
    for (int key = 0; key < 100; key++) {
      assertThat(last[key]).isEqualTo(expected.getOrDefault(key, -1L));
    }
  }

  @Test
  void givesTheSameKeysInEveryProcess() {
    // What one JVM wrote, another checks.
    Keys keys = new Keys(1000);
    assertThat(List.of(keys.of(0), keys.of(1), keys.of(1L << 40))).containsExactly(535, 700, 922);
    assertThat(ByteBuffer.wrap(Keys.bytes(7)).getInt()).isEqualTo(7);
  }
}
