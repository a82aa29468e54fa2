package io.ottla.log;

/**
 * What an append needs to know besides its bytes.
 *
 * @param origin who appends
 * @param leaderEpoch the leader epoch written into the batches; of a follower, the epoch in which
 *     it fetched: batches of a later one are not taken
 * @param nowMs the time of the append: log append time, and the age of segments
 * @param transactionVersion for transaction markers (KIP-890): 2 and above want a marker's epoch to
 *     be above the last one seen; 0 otherwise
 * @param guard of a client's batch that may begin a transaction here
 */
public record AppendContext(
    AppendOrigin origin,
    int leaderEpoch,
    long nowMs,
    short transactionVersion,
    TransactionGuards.Guard guard) {

  public AppendContext(AppendOrigin origin, int leaderEpoch, long nowMs, short transactionVersion) {
    this(origin, leaderEpoch, nowMs, transactionVersion, TransactionGuards.UNGUARDED);
  }

  public static AppendContext client(int leaderEpoch, long nowMs) {
    return new AppendContext(AppendOrigin.CLIENT, leaderEpoch, nowMs, (short) 0);
  }

  public static AppendContext coordinator(int leaderEpoch, long nowMs) {
    return new AppendContext(AppendOrigin.COORDINATOR, leaderEpoch, nowMs, (short) 0);
  }

  public static AppendContext markers(int leaderEpoch, long nowMs, short transactionVersion) {
    return new AppendContext(AppendOrigin.COORDINATOR, leaderEpoch, nowMs, transactionVersion);
  }

  public static AppendContext replication(int leaderEpoch, long nowMs) {
    return new AppendContext(AppendOrigin.REPLICATION, leaderEpoch, nowMs, (short) 0);
  }

  public AppendContext withGuard(TransactionGuards.Guard newGuard) {
    return new AppendContext(origin, leaderEpoch, nowMs, transactionVersion, newGuard);
  }
}
