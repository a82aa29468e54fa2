package io.ottla.metadata.quorum;

import io.ottla.metadata.config.HostPort;
import io.ottla.metadata.quorum.PendingCommands.Call;
import io.ottla.runtime.Clock;
import io.ottla.wire.Uuid;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.exceptions.LeaderNotReadyException;
import org.apache.ratis.protocol.exceptions.RaftException;
import org.apache.ratis.protocol.exceptions.ResourceUnavailableException;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;

/**
 * A group of one on Apache Ratis, inside this process: every command is forced to disk before it is
 * applied, and nothing listens on a socket.
 *
 * <p>Threads: Ratis has its own. Submissions run on the executor given, because handing an entry to
 * Ratis may wait for the disk; one thread there keeps them in order.
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

  private volatile RaftServer server;

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
    this.self = RaftPeerId.valueOf(Integer.toString(settings.nodeId()));
    this.groupId = RaftGroupId.valueOf(groupUuid(settings.clusterId()));
    this.stateMachine =
        new RatisStateMachine<>(
            stateMachine,
            pending,
            client,
            failure -> {
              pending.failAll(new QuorumException.OutcomeUnknown(failure.getMessage(), failure));
              onFailure.accept(failure);
            });
  }

  /** The raft group of a cluster, which is also the name of its directory. */
  static UUID groupUuid(String clusterId) {
    return UUID.nameUUIDFromBytes(
        ("ottla metadata of " + clusterId).getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void start() {
    RaftGroup group =
        RaftGroup.valueOf(groupId, RaftPeer.newBuilder().setId(self).setAddress("").build());
    try {
      server =
          RaftServer.newBuilder()
              .setServerId(self)
              .setGroup(group)
              .setOption(RaftStorage.StartupOption.RECOVER)
              .setStateMachine(stateMachine)
              .setProperties(
                  RatisSettings.ofOneVoter(settings.directory(), settings.snapshotThreshold()))
              .build();
      server.start();
      checkNoGap();
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

  /** Ratis would wait for ever for entries that are in neither snapshot nor log. */
  private void checkNoGap() throws IOException {
    RaftServer.Division division = server.getDivision(groupId);
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
    throw new UnsupportedOperationException();
  }

  @Override
  public QuorumState state() {
    boolean leads = leaderTerm() >= 0;
    return new QuorumState(
        leads ? settings.nodeId() : -1, leaderTerm(), -1, List.of(settings.self()), List.of());
  }

  @Override
  public CompletableFuture<Void> addVoter(Voter voter) {
    throw new UnsupportedOperationException();
  }

  @Override
  public CompletableFuture<Void> removeVoter(int nodeId, Uuid directoryId) {
    throw new UnsupportedOperationException();
  }

  @Override
  public CompletableFuture<Void> transferLeadership() {
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public void close() {
    stateMachine.expectClose();
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
