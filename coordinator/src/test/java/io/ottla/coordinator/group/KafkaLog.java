package io.ottla.coordinator.group;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRecord;
import org.apache.kafka.coordinator.group.GroupCoordinatorRecordSerde;

/** What Kafka's coordinator writes, in the bytes it writes. */
final class KafkaLog {

  private static final GroupCoordinatorRecordSerde SERDE = new GroupCoordinatorRecordSerde();

  private KafkaLog() {}

  private static SimpleRecord[] simple(List<CoordinatorRecord> records) {
    return records.stream()
        .map(
            record ->
                new SimpleRecord(1L, SERDE.serializeKey(record), SERDE.serializeValue(record)))
        .toArray(SimpleRecord[]::new);
  }

  /** One compressed batch. */
  static ByteBuf batch(List<CoordinatorRecord> records) {
    return Unpooled.wrappedBuffer(
        MemoryRecords.withRecords(Compression.gzip().build(), simple(records)).buffer());
  }

  /** One batch of a producer's transaction. */
  static ByteBuf transactionalBatch(long producerId, List<CoordinatorRecord> records) {
    return Unpooled.wrappedBuffer(
        MemoryRecords.withTransactionalRecords(
                Compression.NONE, producerId, (short) 0, 0, simple(records))
            .buffer());
  }

  /** Has a bed that has done nothing yet load a log that Kafka wrote. */
  static GroupBed load(GroupBed bed, List<CoordinatorRecord> records) {
    GroupBed writer = new GroupBed(bed.config);
    writer.log.appendBytes(batch(records));
    writer.copyLogTo(bed);
    return bed;
  }
}
