package io.ottla.metadata.quorum;

import io.ottla.metadata.config.HostPort;
import io.ottla.metadata.quorum.QuorumMessage.Answer;
import io.ottla.metadata.quorum.QuorumMessage.Kind;
import io.ottla.wire.Uuid;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How this node reaches the other voters, and who they say they are. Sending blocks: Ratis sends
 * each voter one message at a time, on a thread of its own for each. Any thread.
 */
final class VoterLinks {

  private static final Logger LOG = LoggerFactory.getLogger(VoterLinks.class);

  private final Voter self;
  private final QuorumTransport transport;
  private final Consumer<Voter> onSeen;

  /** As the configuration in the log has them. */
  private final Map<Integer, Voter> known = new ConcurrentHashMap<>();

  /** As they said of themselves: an address in the log may be out of date. */
  private final Map<Integer, Voter> seen = new ConcurrentHashMap<>();

  /** Why messages to a voter fail; absent while they do not. Kept to tell it once. */
  private final Map<Integer, String> troubles = new ConcurrentHashMap<>();

  /**
   * @param onSeen told who answered, often; must be short
   */
  VoterLinks(Voter self, QuorumTransport transport, Consumer<Voter> onSeen) {
    this.self = self;
    this.transport = transport;
    this.onSeen = onSeen;
  }

  Voter self() {
    return self;
  }

  /** The configuration has a voter. */
  void know(Voter voter) {
    known.put(voter.nodeId(), voter);
  }

  /** The address of a voter that the configuration file has is newer than the log's. */
  void prefer(Voter voter) {
    if (voter.nodeId() != self.nodeId()) {
      seen.putIfAbsent(voter.nodeId(), voter);
    }
  }

  /** A voter has sent a message, and it is who it should be. */
  void hear(Voter voter) {
    seen.put(voter.nodeId(), voter);
  }

  /**
   * Sends a message and waits for the answer.
   *
   * @throws IOException if there is none, or the voter does not carry it out
   */
  byte[] exchange(int toNodeId, Kind kind, byte[] body, long timeoutMs) throws IOException {
    Voter to = known.get(toNodeId);
    Voter heard = seen.get(toNodeId);
    if (to == null && heard == null) {
      throw new IOException("voter " + toNodeId + " is not known");
    }
    HostPort address = heard != null ? heard.address() : to.address();
    Uuid directory = to != null ? to.directoryId() : Uuid.ZERO;
    byte[] message =
        new QuorumMessage(kind, self.directoryId(), directory, self.address(), body).encode();
    try {
      CompletableFuture<byte[]> sent = transport.send(toNodeId, address, message, timeoutMs);
      Answer answer = Answer.decode(sent.get(timeoutMs, TimeUnit.MILLISECONDS));
      if (!answer.carriedOut()) {
        throw new IOException(answer.why());
      }
      if (isAnother(directory, answer.from())) {
        throw new IOException(another(toNodeId, directory, answer.from()));
      }
      reached(toNodeId, address);
      onSeen.accept(new Voter(toNodeId, answer.from(), address));
      return answer.body();
    } catch (InterruptedException e) {
      // As Ratis wants it, which stops its threads so.
      Thread.currentThread().interrupt();
      throw (IOException)
          new InterruptedIOException("stopped while waiting for voter " + toNodeId).initCause(e);
    } catch (ExecutionException e) {
      throw failed(toNodeId, address, e.getCause());
    } catch (TimeoutException e) {
      throw failed(toNodeId, address, new IOException("no answer within " + timeoutMs + " ms", e));
    } catch (IOException | RuntimeException e) {
      throw failed(toNodeId, address, e);
    }
  }

  /** Both are known, and they differ. */
  static boolean isAnother(Uuid expected, Uuid actual) {
    return !expected.isZero() && !actual.isZero() && !expected.equals(actual);
  }

  static String another(int nodeId, Uuid expected, Uuid actual) {
    return "voter "
        + nodeId
        + " is known with the metadata directory "
        + expected
        + ", but is running with "
        + actual
        + ": it has forgotten its votes. Bring back its disk, or remove the voter "
        + nodeId
        + " with the directory "
        + expected
        + " and add it anew";
  }

  private void reached(int nodeId, HostPort address) {
    if (troubles.remove(nodeId) != null) {
      LOG.info("Voter {} at {} answers again", nodeId, address);
    }
  }

  private IOException failed(int nodeId, HostPort address, Throwable cause) {
    String why = cause.getMessage() == null ? cause.toString() : cause.getMessage();
    if (troubles.put(nodeId, why) == null) {
      LOG.warn("Voter {} at {} does not answer, and is asked again: {}", nodeId, address, why);
    }
    return cause instanceof IOException io ? io : new IOException(why, cause);
  }
}
