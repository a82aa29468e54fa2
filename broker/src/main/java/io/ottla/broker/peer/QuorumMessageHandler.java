package io.ottla.broker.peer;

import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.Request;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.QuorumMessageRequest;
import io.ottla.wire.message.QuorumMessageResponse;
import java.net.InetAddress;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * QuorumMessage, Ottla's own: gives a voter's message to this node's quorum. A message of another
 * cluster, or for another node, is refused, and said so once for each sender.
 */
public final class QuorumMessageHandler implements ApiHandler<QuorumMessageRequest> {

  private static final Logger LOG = LoggerFactory.getLogger(QuorumMessageHandler.class);
  private static final int MOST_REMEMBERED = 100;
  private static final int LOGGED_CHARS = 60;

  /** Where messages go. */
  @FunctionalInterface
  public interface Receiver {

    /** Answers a message; must not block. */
    CompletableFuture<byte[]> receive(int fromNodeId, byte[] message);
  }

  private record Stranger(InetAddress address, int nodeId, String clusterId, int meant) {}

  private final String clusterId;
  private final int nodeId;
  private final Receiver quorum;
  private final Set<Stranger> strangers = ConcurrentHashMap.newKeySet();

  public QuorumMessageHandler(String clusterId, int nodeId, Receiver quorum) {
    this.clusterId = clusterId;
    this.nodeId = nodeId;
    this.quorum = quorum;
  }

  @Override
  public ApiKey api() {
    return ApiKey.QUORUM_MESSAGE;
  }

  @Override
  public void handle(Request<QuorumMessageRequest> request) {
    QuorumMessageRequest message = request.body();
    if (!message.clusterId().equals(clusterId)) {
      String text = "This is node " + nodeId + " of cluster " + clusterId + ".";
      refuse(request, ErrorCode.INCONSISTENT_CLUSTER_ID, text);
    } else if (message.toNodeId() != nodeId || message.fromNodeId() == nodeId) {
      String text = "This is node " + nodeId + ", not node " + message.toNodeId() + ".";
      refuse(request, ErrorCode.INVALID_VOTER_KEY, text);
    } else {
      request.releaseFrame();
      receive(request);
    }
  }

  private void receive(Request<QuorumMessageRequest> request) {
    QuorumMessageRequest message = request.body();
    var _ =
        quorum
            .receive(message.fromNodeId(), message.body())
            .whenComplete(
                (answer, failure) -> {
                  if (failure == null) {
                    request.respond(new QuorumMessageResponse().body(answer));
                  } else {
                    LOG.debug("A message of voter {} failed", message.fromNodeId(), failure);
                    request.respond(
                        refusal(ErrorCode.UNKNOWN_SERVER_ERROR, String.valueOf(failure)));
                  }
                });
  }

  private void refuse(Request<QuorumMessageRequest> request, ErrorCode error, String text) {
    QuorumMessageRequest message = request.body();
    Stranger stranger =
        new Stranger(
            request.connection().peer(),
            message.fromNodeId(),
            printable(message.clusterId()),
            message.toNodeId());
    if (strangers.size() < MOST_REMEMBERED && strangers.add(stranger)) {
      LOG.warn(
          "Refusing messages of the quorum from {}: they are of node {} of cluster {}, for node {}."
              + " {} Check controller.quorum.voters and the data directories of both nodes.",
          stranger.address.getHostAddress(),
          stranger.nodeId,
          stranger.clusterId,
          stranger.meant,
          text);
    }
    request.respond(refusal(error, text));
  }

  private static String printable(String text) {
    return text.substring(0, Math.min(LOGGED_CHARS, text.length())).replaceAll("\\p{Cntrl}", "?");
  }

  private static QuorumMessageResponse refusal(ErrorCode error, String text) {
    return new QuorumMessageResponse().errorCode(error.code()).errorMessage(text);
  }

  @Override
  public ApiMessage failure(QuorumMessageRequest request, short version, ErrorCode error) {
    return refusal(error, error.message());
  }
}
