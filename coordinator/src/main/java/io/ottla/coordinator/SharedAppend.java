package io.ottla.coordinator;

import io.ottla.wire.ErrorCode;
import java.util.ArrayList;
import java.util.List;

/**
 * Operations of one turn of the shard whose records go into one batch. Only for operations that do
 * not depend on each other's records, such as offset commits.
 *
 * <p>Owned by the shard's thread.
 */
final class SharedAppend {

  /** Tells one operation how its append went. */
  interface Conclusion {
    <R> void conclude(CoordinatorResult<R> result, Reply<R> reply, ErrorCode error);
  }

  private record Member<R>(CoordinatorResult<R> result, Reply<R> reply) {

    void conclude(Conclusion conclusion, ErrorCode error) {
      conclusion.conclude(result, reply, error);
    }
  }

  private final List<Member<?>> members = new ArrayList<>();
  private final List<CoordinatorRecord> records = new ArrayList<>();
  private int sizeInBytes;

  boolean isEmpty() {
    return members.isEmpty();
  }

  /** Estimated size of the batch so far. */
  int sizeInBytes() {
    return sizeInBytes;
  }

  List<CoordinatorRecord> records() {
    return records;
  }

  <R> void add(CoordinatorResult<R> result, Reply<R> reply, int bytes) {
    members.add(new Member<>(result, reply));
    records.addAll(result.records());
    sizeInBytes += bytes;
  }

  void conclude(Conclusion conclusion, ErrorCode error) {
    members.forEach(member -> member.conclude(conclusion, error));
  }
}
