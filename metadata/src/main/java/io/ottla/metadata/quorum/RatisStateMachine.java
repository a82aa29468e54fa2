package io.ottla.metadata.quorum;

import java.io.IOException;
import java.util.Collection;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftConfigurationProto;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.proto.RaftProtos.StateMachineLogEntryProto;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftGroupMemberId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.DivisionInfo;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.StateMachineStorage;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.statemachine.impl.SimpleStateMachineStorage;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.util.LifeCycle;

/**
 * What Ratis sees of a {@link QuorumStateMachine}: applies entries, keeps the place in the log,
 * writes and reads snapshots, and turns every way in which Ratis can stop by itself into one call
 * of the failure listener. Called on Ratis' threads; entries on its one applying thread.
 *
 * <p>Does what the base class leaves out: a pause that really pauses and a re-initialisation from
 * the newest snapshot, without which a snapshot sent by the leader kills the node.
 */
final class RatisStateMachine<R> extends BaseStateMachine {

  /** Of a command that cannot be applied, so much is told in the error. */
  private static final int MAX_DUMP_BYTES = 512;

  private final QuorumStateMachine<R> delegate;
  private final PendingCommands<R> pending;
  private final ClientId ownClient;
  private final Consumer<QuorumException> onFailure;
  private final SimpleStateMachineStorage storage = new SimpleStateMachineStorage();
  private final SnapshotFiles snapshots = new SnapshotFiles(storage);

  private final Runnable onReady;
  private final Runnable onCommitted;

  private volatile boolean closing;
  private volatile long leaderTerm = -1;

  /** Orders what the state machine hears of leadership, which Ratis tells on several threads. */
  private final Object leadership = new Object();

  /** Of the newest configuration entry applied. */
  private volatile long configurationTerm = -1;

  /**
   * @param onReady told when this node leads and is ready, after the state machine
   * @param onCommitted told when this node leads and has applied a command
   * @param onFailure told once when the log has ended
   */
  RatisStateMachine(
      QuorumStateMachine<R> delegate,
      PendingCommands<R> pending,
      ClientId ownClient,
      Runnable onReady,
      Runnable onCommitted,
      Consumer<QuorumException> onFailure) {
    this.onReady = onReady;
    this.onCommitted = onCommitted;
    this.delegate = delegate;
    this.pending = pending;
    this.ownClient = ownClient;
    this.onFailure = onFailure;
  }

  /** From now on it is no failure that Ratis stops. */
  void expectClose() {
    closing = true;
  }

  long leaderTerm() {
    return leaderTerm;
  }

  @Override
  public void initialize(RaftServer server, RaftGroupId groupId, RaftStorage raftStorage)
      throws IOException {
    getLifeCycle()
        .startAndTransition(
            () -> {
              super.initialize(server, groupId, raftStorage);
              storage.init(raftStorage);
              readSnapshot();
            },
            IOException.class);
  }

  @Override
  public void pause() {
    getLifeCycle().transition(LifeCycle.State.PAUSING);
    getLifeCycle().transition(LifeCycle.State.PAUSED);
  }

  @Override
  public void reinitialize() throws IOException {
    getLifeCycle()
        .startAndTransition(
            () -> {
              snapshots.secureNewest();
              readSnapshot();
            },
            IOException.class);
  }

  private void readSnapshot() throws IOException {
    TermIndex at = snapshots.readNewest(delegate::readSnapshot);
    if (at != null) {
      setLastAppliedTermIndex(at);
    }
  }

  @Override
  public StateMachineStorage getStateMachineStorage() {
    return storage;
  }

  @Override
  public long takeSnapshot() throws IOException {
    TermIndex at = getLastAppliedTermIndex();
    if (at.getIndex() < 0) {
      return RaftLog.INVALID_LOG_INDEX;
    }
    snapshots.write(at, delegate::writeSnapshot);
    return at.getIndex();
  }

  @Override
  public CompletableFuture<Message> applyTransaction(TransactionContext context) {
    LogEntryProto entry = context.getLogEntry();
    StateMachineLogEntryProto logged = entry.getStateMachineLogEntry();
    R result = apply(entry.getIndex(), entry.getTerm(), logged.getLogData());
    updateLastAppliedTermIndex(entry.getTerm(), entry.getIndex());
    if (leaderTerm >= 0) {
      onCommitted.run();
    }
    if (logged.getClientId().equals(ownClient.toByteString())) {
      pending.complete(logged.getCallId(), result);
    }
    return CompletableFuture.completedFuture(Message.EMPTY);
  }

  private R apply(long index, long term, ByteString command) {
    byte[] bytes = command.toByteArray();
    try {
      return delegate.apply(index, term, bytes);
    } catch (RuntimeException | Error e) {
      int shown = Math.min(bytes.length, MAX_DUMP_BYTES);
      QuorumException failure =
          new QuorumException(
              "the metadata command at index "
                  + index
                  + " of term "
                  + term
                  + " cannot be applied ("
                  + e
                  + "). This node cannot go on without it. The command's "
                  + bytes.length
                  + " bytes begin "
                  + HexFormat.of().formatHex(bytes, 0, shown),
              e);
      fatal(failure);
      // Ends the applying thread: to go on with the next command would be to diverge.
      throw failure;
    }
  }

  @Override
  public void notifyConfigurationChanged(
      long term, long index, RaftConfigurationProto configuration) {
    configurationTerm = term;
  }

  /** Told after the entry with which this node began to lead was applied, hence all before it. */
  @Override
  public void notifyLeaderReady() {
    long term = configurationTerm;
    synchronized (leadership) {
      if (!leadsIn(term)) {
        // Deposed meanwhile, as notifyNotLeader has told or will.
        return;
      }
      leaderTerm = term;
      delegate.onLeaderReady(term);
    }
    onReady.run();
  }

  private boolean leadsIn(long term) {
    DivisionInfo info = info();
    return info != null && info.isLeader() && info.getCurrentTerm() == term;
  }

  private long currentTerm() {
    DivisionInfo info = info();
    return info == null ? -1 : info.getCurrentTerm();
  }

  /** Null once the server is closed. */
  private DivisionInfo info() {
    try {
      return getServer().join().getDivision(getGroupId()).getInfo();
    } catch (IOException closed) {
      return null;
    }
  }

  @Override
  public void notifyNotLeader(Collection<TransactionContext> pendingEntries) {
    synchronized (leadership) {
      leaderTerm = -1;
      delegate.onNotLeader();
      delegate.onLeaderChanged(-1, currentTerm());
    }
  }

  @Override
  public void notifyLeaderChanged(RaftGroupMemberId member, RaftPeerId leader) {
    synchronized (leadership) {
      delegate.onLeaderChanged(RaftPeers.nodeId(leader), currentTerm());
    }
  }

  @Override
  public void notifyExtendedNoLeader(RoleInfoProto role) {
    synchronized (leadership) {
      delegate.onLeaderChanged(-1, currentTerm());
    }
  }

  @Override
  public void notifyLogFailed(Throwable cause, LogEntryProto failedEntry) {
    fatal(new QuorumException("the metadata log cannot be written: " + cause, cause));
  }

  @Override
  public void notifyServerShutdown(RoleInfoProto role, boolean allServer) {
    fatal(stoppedByItself());
  }

  @Override
  public void close() {
    fatal(stoppedByItself());
  }

  /** Ratis gives no reason to its state machine, only to its logger. */
  private static QuorumException stoppedByItself() {
    return new QuorumException(
        "the metadata log has stopped by itself; what org.apache.ratis logged just before says"
            + " why");
  }

  private void fatal(QuorumException failure) {
    leaderTerm = -1;
    if (!closing) {
      closing = true;
      onFailure.accept(failure);
    }
  }
}
