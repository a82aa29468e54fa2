package io.ottla.metadata.quorum;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.leader.LogAppender;

/**
 * What sends the leader's log to each of the other voters: made by Ratis, known here so that they
 * can be hurried. A follower learns what is committed with the next message of the leader, and when
 * there is nothing more to append, Ratis sends that after half an election timeout: so long the
 * other voters would not know of a new leader of a partition. Thread-safe.
 */
final class LogAppenders {

  private final Map<RaftPeerId, LogAppender> byFollower = new ConcurrentHashMap<>();

  /** Takes the place of the one that the follower had in an earlier term. */
  LogAppender add(LogAppender appender) {
    byFollower.put(appender.getFollowerId(), appender);
    return appender;
  }

  /** Something is committed that the followers were not told of. Does not block. */
  void tellCommit() {
    for (LogAppender appender : byFollower.values()) {
      if (appender.isRunning()) {
        appender.triggerHeartbeat();
      }
    }
  }
}
