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

  private record Member<R>(CoordinatorResult<R> result, Reply<R> reply) {

    void onAppended() {
      if (result.afterAppend() != null) {
        result.afterAppend().run();
      }
      if (result.response() != null) {
        reply.send(result.response());
      }
    }

    void onFailed(ErrorCode error) {
      if (result.onAppendError() != null) {
        result.onAppendError().accept(error);
      }
      if (reply.isOpen()) {
        reply.failNow(error);
      }
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

  void onAppended() {
    members.forEach(Member::onAppended);
  }

  void onFailed(ErrorCode error) {
    members.forEach(member -> member.onFailed(error));
  }
}
