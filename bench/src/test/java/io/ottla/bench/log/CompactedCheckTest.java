package io.ottla.bench.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.bench.MeasurementException;
import java.util.function.LongPredicate;
import org.junit.jupiter.api.Test;

class CompactedCheckTest {

  private static final int KEYS = 10;
  private static final long WRITTEN = 100;
  private static final long COMPACTED_TO = 80;

  private final Keys keys = new Keys(KEYS);
  private final CompactedCheck check = new CompactedCheck("topic", KEYS, WRITTEN, COMPACTED_TO);

  @Test
  void isContentWithALogThatIsCompactedUpToItsActiveSegment() {
    read(offset -> true);
    assertThatCode(check::requireComplete).doesNotThrowAnyException();
    assertThat(check.records()).isEqualTo(WRITTEN - COMPACTED_TO + KEYS);
  }

  @Test
  void acceptsThatARecordIsGoneWhichTheActiveSegmentReplaces() {
    long[] last = keys.last(WRITTEN);
    read(offset -> offset >= COMPACTED_TO || last[keys.of(offset)] == offset);
    assertThatCode(check::requireComplete).doesNotThrowAnyException();
  }

  @Test
  void findsALatestValueThatIsGone() {
    long gone = keys.last(WRITTEN)[3];
    read(offset -> offset != gone);
    assertThatThrownBy(check::requireComplete)
        .isInstanceOf(MeasurementException.class)
        .hasMessageContaining("key 3");
  }

  @Test
  void findsARecordThatShouldHaveBeenCompactedAway() {
    long replaced = 0;
    while (keys.last(COMPACTED_TO)[keys.of(replaced)] == replaced) {
      replaced++;
    }
    long offset = replaced;
    assertThatThrownBy(() -> check.accept(offset, keys.of(offset), offset))
        .isInstanceOf(MeasurementException.class)
        .hasMessageContaining("replaced");
  }

  @Test
  void findsARecordThatWasNotWrittenLikeThis() {
    int wrongKey = (keys.of(90) + 1) % KEYS;
    assertThatThrownBy(() -> check.accept(90, wrongKey, 90))
        .isInstanceOf(MeasurementException.class);
    assertThatThrownBy(() -> check.accept(90, keys.of(91), 91))
        .isInstanceOf(MeasurementException.class);
  }

  @Test
  void findsARecordReadTwice() {
    check.accept(90, keys.of(90), 90);
    assertThatThrownBy(() -> check.accept(90, keys.of(90), 90))
        .hasMessageContaining("offset 90 after 90");
  }

  /** Reads what is left after compaction, but for the offsets that are not there. */
  private void read(LongPredicate there) {
    long[] lastCompacted = keys.last(COMPACTED_TO);
    for (long offset = 0; offset < WRITTEN; offset++) {
      boolean stays = offset >= COMPACTED_TO || lastCompacted[keys.of(offset)] == offset;
      if (stays && there.test(offset)) {
        check.accept(offset, keys.of(offset), offset);
      }
    }
  }
}
