package io.ottla.bench.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.bench.MeasurementException;
import org.junit.jupiter.api.Test;

class LedgerTest {

  private final Ledger ledger = new Ledger("topic");

  @Test
  void isContentWhenAllThatWasAcknowledgedIsRead() {
    acknowledge(0, 1, 2, 3);
    ledger.read(0, 0, 0);
    ledger.read(1, 0, 1);
    ledger.read(0, 1, 2);
    ledger.read(1, 1, 3);
    assertThatCode(ledger::requireComplete).doesNotThrowAnyException();
    assertThat(ledger.acknowledged()).isEqualTo(4);
  }

  @Test
  void allowsARecordWhoseAcknowledgementGotLost() {
    acknowledge(0, 2);
    ledger.read(0, 0, 0);
    ledger.read(0, 1, 1);
    ledger.read(0, 2, 2);
    assertThatCode(ledger::requireComplete).doesNotThrowAnyException();
  }

  @Test
  void missesARecordThatIsLost() {
    acknowledge(0, 1, 2);
    ledger.read(0, 0, 0);
    ledger.read(0, 1, 2);
    assertThatThrownBy(ledger::requireComplete)
        .isInstanceOf(MeasurementException.class)
        .hasMessage("topic: lost 1 of 3 acknowledged records, the first of them record 1");
  }

  @Test
  void refusesARecordThatIsThereTwice() {
    ledger.read(0, 0, 0);
    ledger.read(0, 1, 2);
    assertThatThrownBy(() -> ledger.read(0, 2, 2))
        .isInstanceOf(MeasurementException.class)
        .hasMessageContaining("topic-0: record 2 at offset 2 comes after record 2")
        .hasMessageContaining("twice");
  }

  @Test
  void refusesARecordThatWasOvertaken() {
    ledger.read(0, 0, 4);
    assertThatThrownBy(() -> ledger.read(0, 1, 2)).hasMessageContaining("out of order");
  }

  private void acknowledge(long... numbers) {
    for (long number : numbers) {
      ledger.acknowledged(number);
    }
  }
}
