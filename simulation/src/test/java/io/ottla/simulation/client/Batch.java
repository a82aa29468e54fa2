package io.ottla.simulation.client;

import io.netty.buffer.Unpooled;
import io.ottla.wire.BufferRecords;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.record.BatchHeader;
import io.ottla.wire.record.RecordBatch;
import io.ottla.wire.record.RecordBatchBuilder;
import java.util.ArrayList;
import java.util.List;

/** Values for one partition that are sent, and sent again, together. */
final class Batch {

  private final TopicPartition partition;
  private final long createdMs;
  private final long wallMs;
  private final List<byte[]> values = new ArrayList<>();
  private final List<Delivery> deliveries = new ArrayList<>();
  private long producerId = BatchHeader.NO_PRODUCER_ID;
  private short epoch = BatchHeader.NO_PRODUCER_EPOCH;
  private int sequence = BatchHeader.NO_SEQUENCE;
  private boolean isSequenceReset;
  private boolean wasSent;
  private boolean isDone;
  private long notBeforeMs;

  Batch(TopicPartition partition, long createdMs, long wallMs) {
    this.partition = partition;
    this.createdMs = createdMs;
    this.wallMs = wallMs;
  }

  TopicPartition partition() {
    return partition;
  }

  void add(byte[] value, Delivery delivery) {
    values.add(value);
    deliveries.add(delivery);
  }

  int count() {
    return values.size();
  }

  long createdMs() {
    return createdMs;
  }

  /** Before this it is not sent again. */
  long notBeforeMs() {
    return notBeforeMs;
  }

  void waitUntilMs(long momentMs) {
    notBeforeMs = momentMs;
  }

  boolean hasSequence() {
    return sequence != BatchHeader.NO_SEQUENCE;
  }

  int sequence() {
    return sequence;
  }

  int nextSequence() {
    return RecordBatch.incrementSequence(sequence, count());
  }

  /** Who it is from, and where it is in what that producer wrote to the partition. */
  void identify(long id, short ofEpoch, int base) {
    producerId = id;
    epoch = ofEpoch;
    sequence = base;
  }

  /** As {@link #identify}, again. */
  void identifyAnew(long id, short ofEpoch, int base) {
    identify(id, ofEpoch, base);
    isSequenceReset = true;
  }

  long producerId() {
    return producerId;
  }

  short epoch() {
    return epoch;
  }

  boolean isSequenceReset() {
    return isSequenceReset;
  }

  boolean wasSent() {
    return wasSent;
  }

  void markSent() {
    wasSent = true;
    isSequenceReset = false;
  }

  boolean isDone() {
    return isDone;
  }

  /** Its values are at these offsets; nothing if it has been given up. */
  void acknowledge(long baseOffset) {
    if (!isDone) {
      isDone = true;
      for (int i = 0; i < deliveries.size(); i++) {
        deliveries.get(i).acknowledged(baseOffset < 0 ? Delivery.SOMEWHERE : baseOffset + i);
      }
    }
  }

  /** It is given up; nothing if it is over. */
  void fail(String why) {
    if (!isDone) {
      isDone = true;
      deliveries.forEach(delivery -> delivery.failed(why));
    }
  }

  BufferRecords encode(boolean isTransactional) {
    try (RecordBatchBuilder builder = new RecordBatchBuilder(Unpooled.buffer())) {
      if (hasSequence()) {
        builder.producer(producerId, epoch, sequence);
      }
      builder.transactional(isTransactional);
      values.forEach(value -> builder.append(wallMs, null, value));
      return new BufferRecords(builder.build());
    }
  }

  @Override
  public String toString() {
    return "%d values to %s, producer %d:%d:%d"
        .formatted(count(), partition, producerId, epoch, sequence);
  }
}
