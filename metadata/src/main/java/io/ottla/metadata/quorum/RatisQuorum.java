package io.ottla.metadata.quorum;

import io.ottla.metadata.config.HostPort;
import io.ottla.metadata.quorum.PendingCommands.Call;
import io.ottla.runtime.Clock;
import io.ottla.wire.Uuid;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.exceptions.LeaderNotReadyException;
import org.apache.ratis.protocol.exceptions.LeaderSteppingDownException;
import org.apache.ratis.protocol.exceptions.RaftException;
import org.apache.ratis.protocol.exceptions.ResourceUnavailableException;
import org.apache.ratis.server.DivisionInfo;
import org.apache.ratis.server.RaftConfiguration;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.apache.ratis.util.LifeCycle;

/**
 * A voter on Apache Ratis, inside this process: a command is applied when a majority of the voters
 * have forced it to disk. Alone, it is that majority. Nothing here listens on a socket: what voters
 * send each other goes out through a {@link QuorumTransport} and comes in through {@link #receive}.
 *
 * <p>Threads: Ratis has its own. Submissions run on the executor given, because handing an entry to
 * Ratis may wait for the disk; one thread there keeps them in order. Messages run on another, which
 * needs a thread for each of a handful at a time.
 *
 * <p>Failures: if Ratis stops by itself (disk full, damaged log, a command that cannot be applied)
 * the failure listener is called once, on some thread of Ratis. This node's metadata is dead then,
 * whatever else Ratis may report; the process should end.
 *
 * @param <R> what a command answers
 */
public final class RatisQuorum<R> implements MetadataQuorum<R> {

  /** After so many commands the state is written out and the log before it dropped. */
  public static final long DEFAULT_SNAPSHOT_THRESHOLD = 20_000;

  private static final long CLOSE_TIMEOUT_SECONDS = 15;

  /**
   * Who and where this node is.
   *
   * @param clusterId the cluster
   * @param self this node; the address is how the others reach it
   * @param directory where the log and the snapshots live; see {@link MetadataStorage}
   * @param snapshotThreshold commands between two snapshots
   * @param firstVoters the voters of a quorum that begins now; a node that is not among them waits
   *     until it is added. Looked at only while the log is empty: from then on the log says who
   *     votes
   * @param timeouts when voters give each other up
   */
  public record Settings(
      String clusterId,
      Voter self,
      Path directory,
      long snapshotThreshold,
      List<Voter> firstVoters,
      QuorumTimeouts timeouts) {

    public Settings {
      firstVoters = List.copyOf(firstVoters);
    }

    /** Of a quorum of one that no other node can join. */
    public Settings(String clusterId, int nodeId, Path directory, long snapshotThreshold) {
      this(
          clusterId,
          new Voter(nodeId, Uuid.ZERO, NOWHERE),
          directory,
          snapshotThreshold,
          List.of(new Voter(nodeId, Uuid.ZERO, NOWHERE)),
          QuorumTimeouts.DEFAULT);
    }

    int nodeId() {
      return self.nodeId();
    }

    /** Where Ratis keeps the vote and the newest configuration. */
    Path voteDirectory() {
      return directory.resolve(groupUuid(clusterId).toString()).resolve("current");
    }
  }

  /** Nobody needs to reach a quorum of one. */
  private static final HostPort NOWHERE = new HostPort("", 0);

  private final Settings settings;
  private final Executor executor;
  private final ClientId client = ClientId.randomId();
  private final RaftPeerId self;
  private final RaftGroupId groupId;
  private final PendingCommands<R> pending = new PendingCommands<>();
  private final RatisStateMachine<R> stateMachine;
  private final VoterProgress progress;
  private final VoterLinks links;
  private final LogAppenders appenders = new LogAppenders();
  private final MessageServer messageServer;
  private final VoterChanges changes;
  private final boolean networked;

  private volatile RaftServer server;

  /** The group's part of the server; still answers after it has closed. */
  private volatile RaftServer.Division division;

  /** A quorum of one, which has no network and which no other node can join. */
  public RatisQuorum(
      Settings settings,
      QuorumStateMachine<R> stateMachine,
      Executor executor,
      Consumer<QuorumException> onFailure) {
    this(settings, null, stateMachine, executor, Runnable::run, Clock.system(), onFailure);
  }

  /**
   * @param transport to the other voters
   * @param messages runs what {@link #receive} was given, which may wait for the disk; must have a
   *     thread for each of a handful of tasks at a time (virtual threads do), or votes wait behind
   *     snapshots
   * @param clock for the times in {@link QuorumState}
   * @param executor runs submissions and the end of a failed start; one thread, or order is lost
   * @param onFailure told once if this node's log dies; it is on a thread of the log's own, so it
   *     must not close this quorum but let another thread do so
   */
  public RatisQuorum(
      Settings settings,
      QuorumTransport transport,
      QuorumStateMachine<R> stateMachine,
      Executor executor,
      Executor messages,
      Clock clock,
      Consumer<QuorumException> onFailure) {
    this.settings = settings;
    this.executor = executor;
    this.networked = transport != null;
    this.self = RaftPeers.id(settings.nodeId());
    this.groupId = RaftGroupId.valueOf(groupUuid(settings.clusterId()));
    this.progress = new VoterProgress(clock);
    this.changes =
        new VoterChanges(
            new VoterChanges.Target(() -> server, self, groupId),
            settings.self(),
            progress,
            executor,
            () -> leaderTerm() >= 0);
    this.links = new VoterLinks(settings.self(), transport, changes::seen);
    this.messageServer =
        new MessageServer(links, messages, settings.voteDirectory(), this::knownVoter);
    this.stateMachine =
        new RatisStateMachine<>(
            stateMachine,
            pending,
            client,
            this::onReady,
            appenders::tellCommit,
            failure -> end(failure, onFailure));
  }

  private void onReady() {
    if (networked) {
      changes.renewIfStale();
    }
  }

  /** On a thread of Ratis. */
  private void end(QuorumException failure, Consumer<QuorumException> onFailure) {
    messageServer.stop();
    QuorumException told =
        isRemoved()
            ? new QuorumException.NoLongerVoter(
                "node "
                    + settings.nodeId()
                    + " was removed from the voters of the metadata quorum: restart it before it is"
                    + " added again")
            : failure;
    pending.failAll(new QuorumException.OutcomeUnknown(told.getMessage(), told));
    onFailure.accept(told);
  }

  private boolean isRemoved() {
    RaftConfiguration configuration = configuration();
    if (configuration == null) {
      return false;
    }
    Collection<RaftPeer> voters = configuration.getCurrentPeers();
    return !voters.isEmpty() && voters.stream().noneMatch(voter -> voter.getId().equals(self));
  }

  /** Null before the start. */
  private RaftConfiguration configuration() {
    RaftServer.Division started = division;
    return started == null ? null : started.getRaftConf();
  }

  private Voter knownVoter(int nodeId) {
    RaftConfiguration configuration = configuration();
    RaftPeer peer = configuration == null ? null : configuration.getPeer(RaftPeers.id(nodeId));
    return peer == null ? null : RaftPeers.voter(peer);
  }

  /** The raft group of a cluster, which is also the name of its directory. */
  static UUID groupUuid(String clusterId) {
    return UUID.nameUUIDFromBytes(
        ("ottla metadata of " + clusterId).getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void start() {
    try {
      server =
          RaftServer.newBuilder()
              .setServerId(self)
              .setGroup(RaftGroup.valueOf(groupId, RaftPeers.of(firstVoters(), 0)))
              .setOption(RaftStorage.StartupOption.RECOVER)
              .setStateMachine(stateMachine)
              .setProperties(properties())
              .setParameters(parameters())
              .build();
      division = server.getDivision(groupId);
      server.start();
      checkNoGap();
      messageServer.serve(server);
    } catch (IOException | RuntimeException | Error e) {
      QuorumException failure =
          new QuorumException(
              "the metadata log in "
                  + settings.directory()
                  + " cannot be opened: "
                  + innermost(e).getMessage(),
              e);
      try {
        close();
      } catch (QuorumException notClosed) {
        failure.addSuppressed(notClosed);
      }
      throw failure;
    }
  }

  /** Who votes as long as the log is empty: nobody if this node is to be added to a quorum. */
  private List<Voter> firstVoters() {
    List<Voter> first = settings.firstVoters();
    if (first.stream().noneMatch(voter -> voter.nodeId() == settings.nodeId())) {
      return List.of();
    }
    return first.stream()
        .map(voter -> voter.nodeId() == settings.nodeId() ? settings.self() : voter)
        .toList();
  }

  private RaftProperties properties() throws IOException {
    if (!networked) {
      return RatisSettings.ofOneVoter(settings.directory(), settings.snapshotThreshold());
    }
    int written = StoredVoters.count(settings.voteDirectory());
    int voters = written > 0 ? written : firstVoters().size();
    return RatisSettings.ofVoters(
        settings.directory(), settings.snapshotThreshold(), settings.timeouts(), voters == 1);
  }

  private Parameters parameters() {
    if (!networked) {
      return new Parameters();
    }
    // Listed in the configuration, hence newer than what the log has. Those with a directory were
    // told to format, and may be older.
    settings.firstVoters().stream()
        .filter(voter -> voter.directoryId().isZero())
        .forEach(links::prefer);
    return QuorumRpcType.parameters(
        new QuorumRpc(
            links, progress, settings.timeouts(), settings.voteDirectory(), this::ownEndOffset),
        appenders);
  }

  private long ownEndOffset() {
    return division.getRaftLog().getNextIndex();
  }

  /** Ratis would wait for ever for entries that are in neither snapshot nor log. */
  private void checkNoGap() throws IOException {
    long applied = division.getStateMachine().getLastAppliedTermIndex().getIndex();
    RaftLog log = division.getRaftLog();
    if (log.getLastEntryTermIndex() != null && log.getStartIndex() > applied + 1) {
      throw new IOException(
          "the log begins at index "
              + log.getStartIndex()
              + ", and the newest snapshot ends at "
              + applied
              + ": what is between is lost");
    }
  }

  @Override
  public CompletableFuture<R> submit(byte[] command) {
    if (command.length > MAX_COMMAND_BYTES) {
      throw new IllegalArgumentException(
          "a command of " + command.length + " bytes is longer than " + MAX_COMMAND_BYTES);
    }
    if (leaderTerm() < 0) {
      return CompletableFuture.failedFuture(
          new QuorumException.NotLeader("node " + self + " does not lead the metadata log"));
    }
    Call<R> call = pending.open();
    try {
      executor.execute(() -> send(call, command));
    } catch (RejectedExecutionException e) {
      pending.fail(call.id(), new QuorumException.NotLeader("this node is shutting down"));
    }
    if (leaderTerm() < 0) {
      // The log died meanwhile, and whoever failed what was waiting may not have seen this call.
      pending.fail(call.id(), new QuorumException.OutcomeUnknown("the log has stopped", null));
    }
    return call.result();
  }

  private void send(Call<R> call, byte[] command) {
    try {
      RaftClientRequest request =
          RaftClientRequest.newBuilder()
              .setClientId(client)
              .setServerId(self)
              .setGroupId(groupId)
              .setCallId(call.id())
              .setRepliedCallIds(pending.takeAnswered())
              .setMessage(Message.valueOf(UnsafeByteOperations.unsafeWrap(command)))
              .setType(RaftClientRequest.writeRequestType())
              .build();
      var _ =
          server
              .submitClientRequestAsync(request)
              .whenComplete((reply, failure) -> onReply(call.id(), reply, failure));
    } catch (IOException | RuntimeException e) {
      onReply(call.id(), null, e);
    }
  }

  private void onReply(long callId, RaftClientReply reply, Throwable failure) {
    pending.answered(callId);
    Throwable cause = failure != null ? innermost(failure) : reply.getException();
    if (cause == null) {
      // Applied, hence answered: Ratis replies after the state machine.
      return;
    }
    QuorumException told =
        switch (cause) {
          case LeaderNotReadyException _ -> new QuorumException.NotLeader(cause.getMessage());
          case LeaderSteppingDownException _ -> new QuorumException.NotLeader(cause.getMessage());
          case ResourceUnavailableException _ ->
              new QuorumException.Overloaded("too many metadata commands are waiting");
          // Also sent for entries that were logged and may yet be committed.
          case RaftException _ -> new QuorumException.OutcomeUnknown(cause.getMessage(), cause);
          default -> new QuorumException.OutcomeUnknown(cause.toString(), cause);
        };
    pending.fail(callId, told);
  }

  @Override
  public long leaderTerm() {
    return stateMachine.leaderTerm();
  }

  /**
   * Takes a message another voter's {@link QuorumTransport} sent. Any thread; does not block.
   *
   * @param fromNodeId who says to have sent it
   * @return the answer, to be sent back; fails if the message is not one of the quorum's
   */
  public CompletableFuture<byte[]> receive(int fromNodeId, byte[] message) {
    return messageServer.receive(fromNodeId, message);
  }

  @Override
  public QuorumState state() {
    RaftServer.Division started = division;
    // Until it has started its log cannot be asked, though others can ask this node already.
    if (started == null || isStarting(started.getInfo().getLifeCycleState())) {
      return QuorumState.UNKNOWN;
    }
    DivisionInfo info = started.getInfo();
    boolean alive = info.isAlive();
    RaftPeerId leader = alive ? info.getLeaderId() : null;
    List<Voter> voters = RaftPeers.voters(started.getRaftConf().getCurrentPeers());
    return new QuorumState(
        leader == null ? -1 : RaftPeers.nodeId(leader),
        info.getCurrentTerm(),
        started.getRaftLog().getLastCommittedIndex(),
        voters,
        alive && info.isLeader()
            ? progress.of(voters, settings.nodeId(), started.getRaftLog().getNextIndex())
            : List.of());
  }

  private static boolean isStarting(LifeCycle.State state) {
    return state == LifeCycle.State.NEW || state == LifeCycle.State.STARTING;
  }

  @Override
  public CompletableFuture<Void> addVoter(Voter voter) {
    return networked ? changes.add(voter) : fixed();
  }

  @Override
  public CompletableFuture<Void> removeVoter(int nodeId, Uuid directoryId) {
    return networked ? changes.remove(nodeId, directoryId) : fixed();
  }

  private static CompletableFuture<Void> fixed() {
    return CompletableFuture.failedFuture(
        new QuorumException.ChangeRefused(
            QuorumException.ChangeRefused.Reason.NOT_POSSIBLE,
            "this quorum of one has no network that others could join it over"));
  }

  @Override
  public CompletableFuture<Void> transferLeadership() {
    return networked ? changes.transfer() : CompletableFuture.completedFuture(null);
  }

  @Override
  public void close() {
    stateMachine.expectClose();
    messageServer.stop();
    closeServer();
    pending.failAll(new QuorumException.OutcomeUnknown("this node is shutting down", null));
  }

  /** Ratis may hang in its close after a failure: it gets so long and no longer. */
  private void closeServer() {
    RaftServer closing = server;
    if (closing == null) {
      return;
    }
    CompletableFuture<Void> closed = new CompletableFuture<>();
    executor.execute(
        () -> {
          try {
            closing.close();
            closed.complete(null);
          } catch (IOException | RuntimeException | Error e) {
            closed.completeExceptionally(e);
          }
        });
    try {
      closed.get(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      throw new QuorumException("the metadata log did not close in order: " + e, e);
    }
  }

  private static Throwable innermost(Throwable failure) {
    Throwable inner = failure;
    while (inner.getCause() != null) {
      inner = inner.getCause();
    }
    return inner;
  }
}
