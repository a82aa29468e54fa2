package io.ottla.coordinator.group.consumer;

import io.ottla.coordinator.CoordinatorRecord;
import io.ottla.coordinator.CoordinatorResult;
import java.util.ArrayList;
import java.util.List;

/**
 * What an operation on a group has decided so far: records in their order, and soft changes for
 * when they have been appended. The group itself stays as it was before.
 *
 * <p>Owned by the shard's thread, for one operation.
 */
final class Draft {

  private final ConsumerGroup group;
  private final List<CoordinatorRecord> records;
  private final List<Runnable> afterAppend = new ArrayList<>(2);
  private int epoch;

  Draft(ConsumerGroup group) {
    this(group, new ArrayList<>());
  }

  /**
   * @param group may be one that only comes to be with the records
   * @param records of the operation until now
   */
  Draft(ConsumerGroup group, List<CoordinatorRecord> records) {
    this.group = group;
    this.records = records;
    this.epoch = group.epoch();
  }

  /** The group as it was before the operation. */
  ConsumerGroup group() {
    return group;
  }

  String groupId() {
    return group.groupId();
  }

  /** The group's epoch with what has been decided. */
  int epoch() {
    return epoch;
  }

  /** Begins another epoch of the group. */
  void bumpEpoch(long metadataHash) {
    epoch = group.epoch() + 1;
    records.add(ConsumerGroupRecords.epoch(group.groupId(), epoch, metadataHash));
  }

  List<CoordinatorRecord> records() {
    return records;
  }

  void add(CoordinatorRecord record) {
    records.add(record);
  }

  /** Soft state to change once the records are in the log; in the order of the calls. */
  void afterAppend(Runnable action) {
    afterAppend.add(action);
  }

  <R> CoordinatorResult<R> result(R response) {
    CoordinatorResult<R> result = CoordinatorResult.<R>append(records).withResponse(response);
    return afterAppend.isEmpty()
        ? result
        : result.withAfterAppend(() -> afterAppend.forEach(Runnable::run));
  }
}
