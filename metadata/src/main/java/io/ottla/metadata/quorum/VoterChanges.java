package io.ottla.metadata.quorum;

import io.ottla.metadata.config.HostPort;
import io.ottla.metadata.quorum.QuorumException.ChangeRefused;
import io.ottla.metadata.quorum.QuorumException.ChangeRefused.Reason;
import io.ottla.wire.Uuid;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SetConfigurationRequest;
import org.apache.ratis.protocol.TransferLeadershipRequest;
import org.apache.ratis.protocol.exceptions.LeaderNotReadyException;
import org.apache.ratis.protocol.exceptions.LeaderSteppingDownException;
import org.apache.ratis.protocol.exceptions.NotLeaderException;
import org.apache.ratis.protocol.exceptions.ReconfigurationInProgressException;
import org.apache.ratis.protocol.exceptions.ReconfigurationTimeoutException;
import org.apache.ratis.protocol.exceptions.SetConfigurationException;
import org.apache.ratis.server.RaftServer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Changes of who votes, and who leads. One at a time, in the order they were asked for; each goes
 * through the log as a joint configuration. Any thread.
 *
 * <p>Also writes down who the voters are: the voters listed in a configuration file have no
 * directory ids, and a voter may have moved to another address. When a voter says so, its leader
 * renews the configuration. From then on another directory under the same node id is somebody else.
 */
final class VoterChanges {

  private static final Logger LOG = LoggerFactory.getLogger(VoterChanges.class);

  private static final long TRANSFER_TIMEOUT_MS = 2000;

  /** The Ratis server and what requests to it carry. */
  record Target(Supplier<RaftServer> server, RaftPeerId self, RaftGroupId group) {

    Collection<RaftPeer> peers() throws IOException {
      return server.get().getDivision(group).getRaftConf().getCurrentPeers();
    }
  }

  private final Target target;
  private final Voter self;
  private final Executor executor;
  private final VoterProgress progress;
  private final Supplier<Boolean> leads;
  private final ClientId client = ClientId.randomId();
  private final AtomicLong nextCallId = new AtomicLong();
  private final Map<Integer, Voter> seen = new ConcurrentHashMap<>();
  private final AtomicBoolean renewing = new AtomicBoolean();

  private CompletableFuture<Void> last = CompletableFuture.completedFuture(null);

  /**
   * @param leads whether this node leads and is ready
   * @param executor where Ratis is asked, which may wait for the disk
   */
  VoterChanges(
      Target target,
      Voter self,
      VoterProgress progress,
      Executor executor,
      Supplier<Boolean> leads) {
    this.target = target;
    this.self = self;
    this.progress = progress;
    this.executor = executor;
    this.leads = leads;
  }

  CompletableFuture<Void> add(Voter voter) {
    return inTurn(
        () -> {
          Collection<RaftPeer> peers = target.peers();
          for (Voter present : RaftPeers.voters(peers)) {
            if (present.nodeId() == voter.nodeId()) {
              throw new ChangeRefused(
                  Reason.DUPLICATE_VOTER,
                  "node " + voter.nodeId() + " is a voter already, as " + present);
            }
          }
          List<RaftPeer> changed = new ArrayList<>(peers);
          changed.add(RaftPeers.of(voter, RaftPeers.priority(peers)));
          LOG.info("Adding the voter {}", voter);
          return set(changed);
        });
  }

  CompletableFuture<Void> remove(int nodeId, Uuid directoryId) {
    return inTurn(
        () -> {
          Collection<RaftPeer> peers = target.peers();
          Optional<Voter> leaving =
              RaftPeers.voters(peers).stream()
                  .filter(voter -> voter.nodeId() == nodeId)
                  .filter(voter -> !VoterLinks.isAnother(voter.directoryId(), directoryId))
                  .findFirst();
          if (leaving.isEmpty()) {
            throw new ChangeRefused(
                Reason.VOTER_NOT_FOUND,
                "no voter is node "
                    + nodeId
                    + " with the directory "
                    + directoryId
                    + "; the voters are "
                    + RaftPeers.voters(peers));
          }
          if (peers.size() == 1) {
            throw new ChangeRefused(Reason.NOT_POSSIBLE, nodeId + " is the only voter");
          }
          LOG.info("Removing the voter {}", leaving.get());
          return set(
              peers.stream().filter(peer -> RaftPeers.nodeId(peer.getId()) != nodeId).toList());
        });
  }

  /** Gives the leadership to the voter that is furthest; completes in any case. */
  CompletableFuture<Void> transfer() {
    CompletableFuture<Void> done = new CompletableFuture<>();
    run(
        () -> {
          Optional<RaftPeerId> heir = leads.get() ? heir() : Optional.empty();
          if (heir.isEmpty()) {
            done.complete(null);
            return;
          }
          LOG.info("Giving the lead of the metadata quorum to voter {}", heir.get());
          var _ =
              target
                  .server()
                  .get()
                  .transferLeadershipAsync(
                      new TransferLeadershipRequest(
                          client,
                          target.self(),
                          target.group(),
                          nextCallId.incrementAndGet(),
                          heir.get(),
                          TRANSFER_TIMEOUT_MS))
                  .whenComplete((_, _) -> done.complete(null));
        },
        _ -> done.complete(null));
    return done;
  }

  private Optional<RaftPeerId> heir() throws IOException {
    List<Voter> voters = RaftPeers.voters(target.peers());
    return progress.of(voters, self.nodeId(), 0).stream()
        .filter(other -> other.nodeId() != self.nodeId() && other.lastFetchMs() >= 0)
        .max(
            Comparator.comparingLong(QuorumState.Progress::logEndOffset)
                .thenComparingLong(QuorumState.Progress::lastFetchMs))
        .map(other -> RaftPeers.id(other.nodeId()));
  }

  /** A voter has answered, and said who and where it is. */
  void seen(Voter voter) {
    seen.put(voter.nodeId(), voter);
    if (leads.get()) {
      renewIfStale();
    }
  }

  /** Writes down what the voters have said of themselves, if the configuration has it otherwise. */
  void renewIfStale() {
    if (renewing.get() || !isStale()) {
      return;
    }
    if (renewing.compareAndSet(false, true)) {
      var _ =
          inTurn(
                  () -> {
                    Collection<RaftPeer> peers = target.peers();
                    List<Voter> now = RaftPeers.voters(peers).stream().map(this::renewed).toList();
                    if (now.equals(RaftPeers.voters(peers))) {
                      return CompletableFuture.completedFuture(null);
                    }
                    LOG.info("Noting who the voters are: {}", now);
                    return set(RaftPeers.of(now, RaftPeers.priority(peers) + 1));
                  })
              .whenComplete((_, _) -> renewing.set(false));
    }
  }

  private boolean isStale() {
    try {
      return RaftPeers.voters(target.peers()).stream()
          .anyMatch(voter -> !voter.equals(renewed(voter)));
    } catch (IOException closed) {
      return false;
    }
  }

  private Voter renewed(Voter voter) {
    Voter said = voter.nodeId() == self.nodeId() ? self : seen.get(voter.nodeId());
    if (said == null) {
      return voter;
    }
    Uuid directoryId = voter.directoryId().isZero() ? said.directoryId() : voter.directoryId();
    HostPort address = said.address().port() == 0 ? voter.address() : said.address();
    return new Voter(voter.nodeId(), directoryId, address);
  }

  private CompletableFuture<Void> set(List<RaftPeer> peers) throws IOException {
    SetConfigurationRequest.Arguments arguments =
        SetConfigurationRequest.Arguments.newBuilder()
            .setServersInNewConf(peers)
            .setServersInCurrentConf(List.copyOf(target.peers()))
            .setMode(SetConfigurationRequest.Mode.COMPARE_AND_SET)
            .build();
    SetConfigurationRequest request =
        new SetConfigurationRequest(
            client, target.self(), target.group(), nextCallId.incrementAndGet(), arguments);
    CompletableFuture<RaftClientReply> asked = target.server().get().setConfigurationAsync(request);
    // Refused at once, nothing was done; after that, it may have been.
    boolean atOnce = asked.isDone();
    return asked.handle(
        (reply, failure) -> {
          Throwable cause = failure != null ? innermost(failure) : reply.getException();
          if (cause != null) {
            throw told(cause, atOnce);
          }
          return null;
        });
  }

  private static QuorumException told(Throwable cause, boolean atOnce) {
    return switch (cause) {
      case QuorumException already -> already;
      case LeaderNotReadyException _ -> new QuorumException.NotLeader(cause.getMessage());
      case LeaderSteppingDownException _ -> new QuorumException.NotLeader(cause.getMessage());
      case NotLeaderException _ when atOnce -> new QuorumException.NotLeader(cause.getMessage());
      case ReconfigurationInProgressException _ ->
          new ChangeRefused(
              Reason.CHANGE_IN_PROGRESS, "another change of the voters is under way; try again");
      case ReconfigurationTimeoutException _ ->
          new ChangeRefused(
              Reason.NOT_CAUGHT_UP,
              "the new voter did not catch up: see that it runs, can be reached at its controller"
                  + " listener, and was restarted since it was removed, if it was");
      case SetConfigurationException _ ->
          new ChangeRefused(Reason.NOT_POSSIBLE, cause.getMessage());
      default ->
          new QuorumException.OutcomeUnknown(
              "whether the voters were changed is not known: " + cause.getMessage(), cause);
    };
  }

  private static Throwable innermost(Throwable failure) {
    Throwable inner = failure;
    while (inner.getCause() != null && !(inner instanceof QuorumException)) {
      inner = inner.getCause();
    }
    return inner;
  }

  /** One change of the configuration. */
  @FunctionalInterface
  private interface Change {
    CompletableFuture<Void> begin() throws IOException;
  }

  private synchronized CompletableFuture<Void> inTurn(Change change) {
    CompletableFuture<Void> result = last.handle((_, _) -> null).thenCompose(_ -> begin(change));
    last = result;
    return result;
  }

  private CompletableFuture<Void> begin(Change change) {
    CompletableFuture<Void> result = new CompletableFuture<>();
    run(
        () -> {
          if (!leads.get()) {
            throw new QuorumException.NotLeader(
                "node " + self.nodeId() + " does not lead the metadata quorum");
          }
          var _ =
              change
                  .begin()
                  .whenComplete(
                      (_, failure) -> {
                        if (failure == null) {
                          result.complete(null);
                        } else {
                          result.completeExceptionally(innermost(failure));
                        }
                      });
        },
        failure -> result.completeExceptionally(told(failure, true)));
    return result;
  }

  /** Something that may fail. */
  @FunctionalInterface
  private interface Step {
    void take() throws IOException;
  }

  private void run(Step step, Consumer<Throwable> onFailure) {
    try {
      executor.execute(
          () -> {
            try {
              step.take();
            } catch (IOException | RuntimeException e) {
              onFailure.accept(e);
            }
          });
    } catch (RejectedExecutionException e) {
      onFailure.accept(new QuorumException.NotLeader("this node is shutting down"));
    }
  }
}
