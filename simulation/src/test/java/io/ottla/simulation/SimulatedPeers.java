package io.ottla.simulation;

import io.ottla.broker.peer.PeerAddress;
import io.ottla.broker.peer.PeerException;
import io.ottla.broker.peer.PeerException.Reason;
import io.ottla.broker.peer.PeerLink;
import io.ottla.broker.peer.PeerLinks;
import io.ottla.broker.peer.PeerSettings;
import io.ottla.broker.peer.WorkLoop;
import io.ottla.broker.tls.TlsContext;
import io.ottla.replication.PeerAnswer;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** A node's links to other nodes over the simulated network. */
public final class SimulatedPeers implements PeerLinks {

  private final SimulatedProcess process;
  private final SimulatedNetwork network;
  private final String place;
  private final HeldAnswers answers;

  SimulatedPeers(
      SimulatedProcess process, SimulatedNetwork network, String place, HeldAnswers answers) {
    this.answers = answers;
    this.process = process;
    this.network = network;
    this.place = place;
  }

  @Override
  public PeerLink connect(PeerAddress peer, Optional<TlsContext> tls, PeerSettings settings) {
    return new Link(peer);
  }

  @Override
  public WorkLoop loop() {
    return new Loop(process.lane("network"));
  }

  private final class Loop implements WorkLoop {

    private final Executor lane;

    Loop(Executor lane) {
      this.lane = lane;
    }

    @Override
    public void execute(Runnable work) {
      lane.execute(work);
    }

    @Override
    public Runnable later(Runnable work, long delayMs) {
      return process.afterMs(delayMs, process + " later", work)::cancel;
    }
  }

  private final class Link implements PeerLink {

    private static final int REFUSED_AFTER_MS = 1;

    private final PeerAddress peer;
    private AskingConnection connection;
    private boolean closed;

    Link(PeerAddress peer) {
      this.peer = peer;
    }

    @Override
    public PeerAddress peer() {
      return peer;
    }

    @Override
    public CompletableFuture<PeerAnswer<ApiMessage>> send(
        ApiKey api, short maxVersion, ApiMessage message, long timeoutMs) {
      CompletableFuture<PeerAnswer<ApiMessage>> answer = new CompletableFuture<>();
      if (closed) {
        fail(answer, Reason.CLOSED, "This side has closed the connection.");
        return answer;
      }
      if (!connected()) {
        process.afterMs(
            REFUSED_AFTER_MS,
            "refused",
            () -> fail(answer, Reason.UNREACHABLE, peer + " refused the connection."));
        return answer;
      }
      AskingConnection used = connection;
      Timeline.Event timeout =
          process.afterMs(
              timeoutMs,
              process + " gives up",
              () -> {
                fail(answer, Reason.TIMED_OUT, peer + " did not answer " + api + " in time.");
                used.close();
              });
      short version = api.isPrivate() ? api.latestVersion() : maxVersion;
      var _ =
          used.send(api, version, message)
              .whenComplete(
                  (response, failure) -> {
                    long heldNs = failure == null ? answers.delayNs(api, peer.port()) : 0;
                    if (heldNs < 0) {
                      return; // Nobody hears of it, until the time is up.
                    }
                    Runnable ends =
                        () -> {
                          timeout.cancel();
                          if (failure == null) {
                            answer.complete(new PeerAnswer<>(response, () -> {}));
                          } else {
                            fail(answer, Reason.LOST, peer + ": " + failure.getMessage());
                          }
                        };
                    if (heldNs == 0) {
                      ends.run();
                    } else {
                      process.afterNs(heldNs, process + " is answered late", ends);
                    }
                  });
      return answer;
    }

    private boolean connected() {
      if (connection == null || !connection.isOpen()) {
        Pipe.End end = network.connect(place, peer.host(), peer.port());
        connection = end == null ? null : new AskingConnection(end, process::now, place);
      }
      return connection != null;
    }

    private static void fail(
        CompletableFuture<PeerAnswer<ApiMessage>> answer, Reason reason, String why) {
      answer.completeExceptionally(new PeerException(reason, why));
    }

    @Override
    public void close() {
      closed = true;
      if (connection != null) {
        connection.close();
      }
    }
  }
}
