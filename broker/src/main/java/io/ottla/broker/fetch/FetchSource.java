package io.ottla.broker.fetch;

import io.ottla.replication.ReadLimit;
import io.ottla.wire.message.FetchRequest;

/** Who fetches, and what that one may see. */
sealed interface FetchSource {

  /** Lowest version whose consumers may read from followers (KIP-392). */
  short FIRST_FROM_FOLLOWERS = 11;

  byte READ_COMMITTED = 1;

  /** How far it may read. */
  ReadLimit limit();

  /** Whether only the leader may serve it. */
  boolean leaderOnly();

  /**
   * A client.
   *
   * @param rack where it is, or empty
   * @param listener by which it came
   */
  record Consumer(boolean committedOnly, boolean leaderOnly, String rack, String listener)
      implements FetchSource {

    @Override
    public ReadLimit limit() {
      return committedOnly ? ReadLimit.LAST_STABLE : ReadLimit.HIGH_WATERMARK;
    }
  }

  /**
   * Another broker that replicates.
   *
   * @param epoch of its incarnation (KIP-903), or -1 if it does not say
   */
  record Follower(int id, long epoch) implements FetchSource {

    @Override
    public ReadLimit limit() {
      return ReadLimit.LOG_END;
    }

    @Override
    public boolean leaderOnly() {
      return true;
    }
  }

  /**
   * The source of a request.
   *
   * @param listener by which it came
   */
  static FetchSource of(FetchRequest request, short version, String listener) {
    if (request.replicaState().replicaId() >= 0) {
      return new Follower(
          request.replicaState().replicaId(), request.replicaState().replicaEpoch());
    }
    if (request.replicaId() >= 0) {
      return new Follower(request.replicaId(), -1);
    }
    return new Consumer(
        request.isolationLevel() == READ_COMMITTED,
        version < FIRST_FROM_FOLLOWERS,
        request.rackId(),
        listener);
  }
}
