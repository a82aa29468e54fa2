package io.ottla.metadata.quorum;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.RaftConfigKeys;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.server.RaftServerConfigKeys.Log;
import org.apache.ratis.server.RaftServerConfigKeys.Read;
import org.apache.ratis.server.RaftServerConfigKeys.Rpc;
import org.apache.ratis.server.RaftServerConfigKeys.Snapshot;
import org.apache.ratis.server.RaftServerConfigKeys.ThreadPool;
import org.apache.ratis.server.RaftServerConfigKeys.Write;
import org.apache.ratis.util.SizeInBytes;
import org.apache.ratis.util.TimeDuration;

/** The settings Ratis runs with, each where its default is not what we want. */
final class RatisSettings {

  private static final SizeInBytes ONE_MEGABYTE = SizeInBytes.valueOf("1MB");

  private RatisSettings() {}

  /** Of a group of one that has no network. */
  static RaftProperties ofOneVoter(Path storageDir, long snapshotThreshold) {
    RaftProperties to = new RaftProperties();
    to.set(RaftConfigKeys.Rpc.TYPE_KEY, NoNetworkRpcType.class.getName());
    begin(to, storageDir, snapshotThreshold);
    electionOfOne(to, QuorumTimeouts.DEFAULT);
    return to;
  }

  /**
   * Of a voter that others can reach.
   *
   * @param alone it is the only voter for now
   */
  static RaftProperties ofVoters(
      Path storageDir, long snapshotThreshold, QuorumTimeouts timeouts, boolean alone) {
    RaftProperties to = new RaftProperties();
    to.set(RaftConfigKeys.Rpc.TYPE_KEY, QuorumRpcType.class.getName());
    begin(to, storageDir, snapshotThreshold);
    if (alone) {
      electionOfOne(to, timeouts);
    } else {
      electionOfSeveral(to, timeouts);
    }
    return to;
  }

  private static void begin(RaftProperties to, Path storageDir, long snapshotThreshold) {
    RaftServerConfigKeys.setStorageDir(to, List.of(storageDir.toFile()));
    // A log that cannot be written is fatal: rather refuse to start on a full disk. But far below
    // what appends leave free (log.dir.free.bytes.min): who has stopped there must start again.
    RaftServerConfigKeys.setStorageFreeSpaceMin(to, SizeInBytes.valueOf("2MB"));
    // By default a pause of a minute (a suspended laptop) closes the server inside a living
    // process.
    to.setTimeDuration(
        RaftServerConfigKeys.CLOSE_THRESHOLD_KEY, TimeDuration.valueOf(24, TimeUnit.HOURS));
    log(to, snapshotThreshold);
    snapshot(to);
    Snapshot.setAutoTriggerThreshold(to, snapshotThreshold);
    limits(to);
    // Correct first: a lease depends on clocks and pauses.
    Read.setOption(to, Read.Option.LINEARIZABLE);
    Read.setLeaderLeaseEnabled(to, false);
  }

  private static void electionOfOne(RaftProperties to, QuorumTimeouts timeouts) {
    election(to, timeouts);
    // Nobody else can win: the wait before the first election is start-up time and nothing else.
    Rpc.setFirstElectionTimeoutMin(to, milliseconds(20));
    Rpc.setFirstElectionTimeoutMax(to, milliseconds(60));
    // Also the length of a pause after which a leader resigns: with one voter that helps nobody.
    RaftServerConfigKeys.LeaderElection.setLeaderStepDownWaitTime(
        to, TimeDuration.valueOf(10, TimeUnit.SECONDS));
  }

  private static void electionOfSeveral(RaftProperties to, QuorumTimeouts timeouts) {
    election(to, timeouts);
    Rpc.setFirstElectionTimeoutMin(to, milliseconds(Math.min(150, timeouts.electionMinMs())));
    Rpc.setFirstElectionTimeoutMax(to, milliseconds(Math.min(400, timeouts.electionMaxMs())));
    // The default of ten seconds is as long an outage when the one with the longest log resigned.
    RaftServerConfigKeys.LeaderElection.setLeaderStepDownWaitTime(
        to, milliseconds(timeouts.stepDownMs()));
  }

  private static void election(RaftProperties to, QuorumTimeouts timeouts) {
    Rpc.setTimeoutMin(to, milliseconds(timeouts.electionMinMs()));
    Rpc.setTimeoutMax(to, milliseconds(timeouts.electionMaxMs()));
    // Between two attempts at a voter that does not answer.
    Rpc.setSleepTime(to, milliseconds(100));
    // How long a new voter may be silent while it catches up: it may be reading a snapshot.
    RaftServerConfigKeys.setStagingTimeout(to, TimeDuration.valueOf(10, TimeUnit.SECONDS));
    RaftServerConfigKeys.LeaderElection.setPreVote(to, true);
    RaftServerConfigKeys.LeaderElection.setMemberMajorityAdd(to, false);
    RaftServerConfigKeys.Notification.setNoLeaderTimeout(
        to, TimeDuration.valueOf(5, TimeUnit.SECONDS));
  }

  private static void log(RaftProperties to, long snapshotThreshold) {
    // A damaged entry before the tail means lost commands: refuse to start rather than drop them.
    Log.setCorruptionPolicy(to, Log.CorruptionPolicy.EXCEPTION);
    Log.setUnsafeFlushEnabled(to, false);
    Log.setAsyncFlushEnabled(to, false);
    // Saves one entry, and its force, after each commit.
    Log.setLogMetadataEnabled(to, false);
    Log.setPurgeUptoSnapshotIndex(to, true);
    // A voter that was away for a short while needs no snapshot.
    Log.setPurgePreservationLogNum(to, Math.min(5000, snapshotThreshold / 4));
    Log.setPurgeGap(to, (int) Math.clamp(snapshotThreshold / 4, 1, 1024));
    Log.setSegmentSizeMax(to, SizeInBytes.valueOf("8MB"));
    Log.setPreallocatedSize(to, ONE_MEGABYTE);
    // Must hold the longest entry and its frame.
    Log.setWriteBufferSize(to, SizeInBytes.valueOf("1088KB"));
    Log.setSegmentCacheNumMax(to, 2);
    Log.setSegmentCacheSizeMax(to, SizeInBytes.valueOf("16MB"));
    // Bounds one entry, hence a command.
    Log.Appender.setBufferByteLimit(to, ONE_MEGABYTE);
    Log.Appender.setSnapshotChunkSizeMax(to, ONE_MEGABYTE);
    // The default waits five seconds between attempts after a while.
    Log.Appender.setRetryPolicy(to, "10ms,20,100ms,100000");
  }

  private static void snapshot(RaftProperties to) {
    // Off by default: the log would grow for ever.
    Snapshot.setAutoTriggerEnabled(to, true);
    Snapshot.setRetentionFileNum(to, 3);
  }

  private static void limits(RaftProperties to) {
    Log.setQueueElementLimit(to, 1024);
    to.set(Log.QUEUE_BYTE_LIMIT_KEY, "16MB");
    Write.setElementLimit(to, 1024);
    Write.setByteLimit(to, SizeInBytes.valueOf("16MB"));
    // Unbounded by default.
    ThreadPool.setProxyCached(to, false);
    ThreadPool.setProxySize(to, 2);
    ThreadPool.setServerCached(to, false);
    ThreadPool.setServerSize(to, 8);
    ThreadPool.setClientCached(to, false);
    ThreadPool.setClientSize(to, 4);
  }

  private static TimeDuration milliseconds(long count) {
    return TimeDuration.valueOf(count, TimeUnit.MILLISECONDS);
  }
}
