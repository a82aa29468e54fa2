package io.ottla.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.storage.internals.log.ProducerStateEntry;
import org.apache.kafka.storage.internals.log.ProducerStateManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProducerSnapshotTest {

  /** States as a snapshot has them, in the order of their ids: to be compared. */
  static byte[] sorted(ProducerStates states) {
    return ProducerSnapshot.encode(
        states.all().stream().sorted(Comparator.comparingLong(ProducerState::producerId)).toList(),
        states.isComplete());
  }

  /** The same without what Kafka's snapshots lack, the checksum over it included. */
  static byte[] sortedEntries(ProducerStates states) {
    byte[] entries = Arrays.copyOf(sorted(states), 10 + 46 * states.size());
    Arrays.fill(entries, 2, 6, (byte) 0);
    return entries;
  }

  @Test
  void bringsProducersBack() throws IOException {
    ProducerState producer = new ProducerState(42, (short) 3, 7, 1234, 99);
    producer.addBatch((short) 3, 4, 100, 4, 1000);
    producer.addBatch((short) 3, 9, 110, 4, 1234);
    ProducerState silent = new ProducerState(43, (short) 0, -1, 5, -1);

    ProducerSnapshot snapshot =
        ProducerSnapshot.decode(ProducerSnapshot.encode(List.of(producer, silent), true));

    assertThat(snapshot.complete()).isTrue();
    List<ProducerState> read = snapshot.producers();
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
    assertThat(first.hasForgotten(0, 4)).isTrue();
    assertThat(read.get(1).hasBatches()).isFalse();
  }

  @Test
  void isReadByKafka(@TempDir Path directory) throws IOException {
    ProducerState producer = new ProducerState(42, (short) 3, 7, 1234, 99);
    producer.addBatch((short) 3, 9, 110, 4, 1234);
    Path file = directory.resolve("00000000000000000111.snapshot");
    Files.write(file, ProducerSnapshot.encode(List.of(producer), true));

    List<ProducerStateEntry> read = ProducerStateManager.readSnapshot(file.toFile());

    assertThat(read).hasSize(1);
    assertThat(read.getFirst().producerId()).isEqualTo(42);
    assertThat(read.getFirst().lastDataOffset()).isEqualTo(110);
  }

  @Test
  void knowsLessOfWhatKafkaWrote(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("00000000000000000111.snapshot");
    Files.write(file, ProducerSnapshot.encode(List.of(batchAt9()), true));
    Map<Long, ProducerStateEntry> entries = new HashMap<>();
    ProducerStateManager.readSnapshot(file.toFile())
        .forEach(entry -> entries.put(entry.producerId(), entry));
    Files.delete(file);
    ProducerStateManager.writeSnapshot(file.toFile(), entries, false);

    ProducerSnapshot read = ProducerSnapshot.decode(Files.readAllBytes(file));

    assertThat(read.complete()).isFalse();
    assertThat(read.producers().getFirst().find(5, 9)).isNotNegative();
    assertThat(read.producers().getFirst().hasForgotten(0, 4)).isFalse();
  }

  private static ProducerState batchAt9() {
    ProducerState producer = new ProducerState(42, (short) 3, -1, 1234, -1);
    producer.addBatch((short) 3, 4, 105, 4, 1234);
    producer.addBatch((short) 3, 9, 110, 4, 1234);
    return producer;
  }

  @Test
  void refusesEveryDamagedByte() {
    byte[] good =
        ProducerSnapshot.encode(List.of(new ProducerState(42, (short) 3, 7, 1234, 99)), true);
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
