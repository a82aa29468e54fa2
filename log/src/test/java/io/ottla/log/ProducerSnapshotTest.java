package io.ottla.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProducerSnapshotTest {

  /** States as a snapshot has them, in the order of their ids: to be compared. */
  static byte[] sorted(ProducerStates states) {
    return ProducerSnapshot.encode(
        states.all().stream().sorted(Comparator.comparingLong(ProducerState::producerId)).toList());
  }

  @Test
  void bringsProducersBack() throws IOException {
    ProducerState producer = new ProducerState(42, (short) 3, 7, 1234, 99);
    producer.addBatch((short) 3, 4, 100, 4, 1000);
    producer.addBatch((short) 3, 9, 110, 4, 1234);
    ProducerState silent = new ProducerState(43, (short) 0, -1, 5, -1);

    List<ProducerState> read =
        ProducerSnapshot.decode(ProducerSnapshot.encode(List.of(producer, silent)));

    assertThat(read).hasSize(2);
    ProducerState first = read.getFirst();
    assertThat(first.producerId()).isEqualTo(42);
    assertThat(first.epoch()).isEqualTo((short) 3);
    assertThat(first.coordinatorEpoch()).isEqualTo(7);
    assertThat(first.lastTimestamp()).isEqualTo(1234);
    assertThat(first.transactionFirstOffset()).isEqualTo(99);
    assertThat(first.lastSequence()).isEqualTo(9);
    assertThat(first.lastOffset()).isEqualTo(110);
    assertThat(first.find(5, 9)).isNotNegative();
    assertThat(first.find(0, 4)).isNegative();
    assertThat(read.get(1).hasBatches()).isFalse();
  }

  @Test
  void refusesEveryDamagedByte() {
    byte[] good = ProducerSnapshot.encode(List.of(new ProducerState(42, (short) 3, 7, 1234, 99)));
    for (int i = 0; i < good.length; i++) {
      byte[] bad = good.clone();
      bad[i] ^= 0x10;
      assertThatThrownBy(() -> ProducerSnapshot.decode(bad)).isInstanceOf(IOException.class);
    }
    for (int size = 0; size < good.length; size++) {
      byte[] cut = Arrays.copyOf(good, size);
      assertThatThrownBy(() -> ProducerSnapshot.decode(cut)).isInstanceOf(IOException.class);
    }
  }
}
