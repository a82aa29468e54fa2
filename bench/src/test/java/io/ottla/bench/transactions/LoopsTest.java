package io.ottla.bench.transactions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.bench.MeasurementException;
import io.ottla.bench.Produced;
import io.ottla.bench.transactions.CommitTimes.Committed;
import io.ottla.bench.transactions.Loops.Measured;
import java.util.List;
import org.junit.jupiter.api.Test;

class LoopsTest {

  private static final List<Long> NO_BROKERS = List.of();

  @Test
  void measuresAllLoopsUntilTheTimeIsOver() throws Exception {
    Counting first = new Counting(Long.MAX_VALUE);
    Counting second = new Counting(Long.MAX_VALUE);
    Loops loops = new Loops("test", List.of(first, second));
    Measured measured = loops.measure(0, 1, NO_BROKERS);
    assertThat(measured.usage().seconds()).isBetween(1.0, 30.0);
    assertThat(measured.times().transactions()).isBetween(2L, first.made + second.made);
    assertThat(measured.times().records()).isEqualTo(2 * measured.times().transactions());
    assertThat(loops.committed("topic"))
        .isEqualTo(new Produced("topic", 2 * (first.made + second.made), first.made + second.made));
    assertThat(first.closed && second.closed).isTrue();
  }

  @Test
  void endsWhenOneLoopHasNothingLeftToDo() throws Exception {
    Counting brief = new Counting(5);
    Counting endless = new Counting(Long.MAX_VALUE);
    Measured measured = new Loops("test", List.of(brief, endless)).measure(0, 3600, NO_BROKERS);
    assertThat(measured.usage().seconds()).isLessThan(60);
    assertThat(brief.made).isEqualTo(5);
    assertThat(endless.closed).isTrue();
  }

  @Test
  void failsWhenALoopHasNothingLeftToDoBeforeItIsMeasured() {
    Loops loops = new Loops("test", List.of(new Counting(5)));
    assertThatThrownBy(() -> loops.measure(3600, 1, NO_BROKERS))
        .isInstanceOf(MeasurementException.class)
        .hasMessageContaining("too soon");
  }

  @Test
  void failsWhenALoopDoes() {
    Counting broken = new Counting(-1);
    Counting endless = new Counting(Long.MAX_VALUE);
    Loops loops = new Loops("test", List.of(endless, broken));
    assertThatThrownBy(() -> loops.measure(3600, 3600, NO_BROKERS))
        .isInstanceOf(MeasurementException.class)
        .hasRootCauseMessage("fenced");
    assertThat(endless.closed && broken.closed).isTrue();
  }

  /** Makes so many transactions of 2 records that took a millisecond to commit; fails for -1. */
  private static final class Counting implements Loop {

    private final long limit;
    private long made;
    private volatile boolean closed;

    private Counting(long limit) {
      this.limit = limit;
    }

    @Override
    public void open() {}

    @Override
    public Committed next() {
      if (limit < 0) {
        throw new IllegalStateException("fenced");
      }
      if (made == limit) {
        return null;
      }
      made++;
      return new Committed(0, 1_000_000, 2_000_000, 2);
    }

    @Override
    public long records() {
      return 2 * made;
    }

    @Override
    public long sumOfNumbers() {
      return made;
    }

    @Override
    public void close() {
      closed = true;
    }
  }
}
