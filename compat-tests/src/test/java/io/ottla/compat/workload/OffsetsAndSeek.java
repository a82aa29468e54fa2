package io.ottla.compat.workload;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.TopicPartition;

/** Looks up offsets by position and by time, moves a consumer about, and deletes from the start. */
public final class OffsetsAndSeek {
  private static final int RECORDS = 100;
  private static final long FIRST_TIMESTAMP = Session.anHourAgo();

  private OffsetsAndSeek() {}

  public static void run(Session session) throws Exception {
    TopicPartition partition = new TopicPartition(session.createTopic("offsets", 1), 0);
    session.produce(
        partition,
        FIRST_TIMESTAMP,
        IntStream.range(0, RECORDS).mapToObj(Integer::toString).toList());

    try (Consumer<String, String> consumer = session.consumer("max.poll.records", "10");
        Admin admin = session.admin()) {
      List<TopicPartition> partitions = List.of(partition);
      assertThat(consumer.beginningOffsets(partitions)).containsEntry(partition, 0L);
      assertThat(consumer.endOffsets(partitions)).containsEntry(partition, (long) RECORDS);
      assertThat(consumer.partitionsFor(partition.topic())).hasSize(1);
      checkTimes(consumer, partition);

      consumer.assign(partitions);
      consumer.seek(partition, 40);
      assertThat(session.read(consumer, 10).get(0).value()).isEqualTo("40");
      assertThat(consumer.position(partition)).isEqualTo(50);
      consumer.seekToEnd(partitions);
      assertThat(consumer.position(partition)).isEqualTo(RECORDS);
      consumer.seekToBeginning(partitions);
      assertThat(session.read(consumer, 10).get(9).value()).isEqualTo("9");

      assertThat(offset(admin, partition, OffsetSpec.earliest())).isZero();
      assertThat(offset(admin, partition, OffsetSpec.latest())).isEqualTo(RECORDS);
      assertThat(offset(admin, partition, OffsetSpec.forTimestamp(FIRST_TIMESTAMP + 77)))
          .isEqualTo(77);

      admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(30))).all().get();
      assertThat(consumer.beginningOffsets(partitions)).containsEntry(partition, 30L);
      consumer.seek(partition, 5);
      assertThat(session.read(consumer, 10).get(0).offset()).as("first after reset").isEqualTo(30);
      admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(-1))).all().get();
      assertThat(consumer.beginningOffsets(partitions)).containsEntry(partition, (long) RECORDS);
    }
  }

  private static void checkTimes(Consumer<String, String> consumer, TopicPartition partition) {
    for (int i : new int[] {0, 1, 50, RECORDS - 1}) {
      OffsetAndTimestamp found =
          consumer.offsetsForTimes(Map.of(partition, FIRST_TIMESTAMP + i)).get(partition);
      assertThat(found.offset()).isEqualTo(i);
      assertThat(found.timestamp()).isEqualTo(FIRST_TIMESTAMP + i);
    }
    assertThat(consumer.offsetsForTimes(Map.of(partition, 0L)).get(partition).offset()).isZero();
    assertThat(consumer.offsetsForTimes(Map.of(partition, FIRST_TIMESTAMP + RECORDS)))
        .containsEntry(partition, null);
  }

  private static long offset(Admin admin, TopicPartition partition, OffsetSpec spec)
      throws Exception {
    return admin.listOffsets(Map.of(partition, spec)).partitionResult(partition).get().offset();
  }
}
