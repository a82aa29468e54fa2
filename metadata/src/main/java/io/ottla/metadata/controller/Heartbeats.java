package io.ottla.metadata.controller;

import io.ottla.metadata.controller.Command.FenceBroker;
import io.ottla.metadata.controller.Command.ShutDownBroker;
import io.ottla.metadata.controller.Command.UnfenceBroker;
import io.ottla.metadata.image.BrokerImage;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.TopicImage;
import io.ottla.runtime.Shard;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.BrokerHeartbeatRequest;
import io.ottla.wire.message.BrokerHeartbeatResponse;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What heartbeats lead to. One that changes nothing is answered at once and leaves no trace in the
 * log; one that makes a broker fenced, unfenced or about to stop becomes a command. Used by the
 * controller's shard.
 */
final class Heartbeats {

  private static final Logger LOG = LoggerFactory.getLogger(Heartbeats.class);

  private final CommandLog log;
  private final Shard shard;

  Heartbeats(CommandLog log, Shard shard) {
    this.log = log;
    this.shard = shard;
  }

  CompletableFuture<BrokerHeartbeatResponse> heartbeat(
      ActiveTerm active, BrokerHeartbeatRequest request) {
    MetadataImage image = log.image();
    CommandResult.Refused stale =
        BrokerControl.epochFlaw(image, request.brokerId(), request.brokerEpoch());
    if (stale != null) {
      return answer(new BrokerHeartbeatResponse().errorCode(stale.error().code()));
    }
    BrokerSessions sessions = active.sessions();
    sessions.touch(request.brokerId(), request.brokerEpoch(), shard.clock().nowNs());
    sessions.progressed(request.brokerId(), request.currentMetadataOffset());
    BrokerImage broker = image.broker(request.brokerId());
    if (broker.fenced()) {
      sessions.isFencedAt(broker.id(), image.offset());
      return fenced(active, request);
    }
    if (request.wantFence() && !request.wantShutDown() && isLast(image, broker)) {
      // Nobody would be left to serve reads. All would ask for this if all their disks were full.
      return answer(response(request, false, false));
    }
    if (request.wantFence()) {
      LOG.info("Broker {} wants to be fenced", broker.id());
      return fence(active, request, request.wantShutDown());
    }
    if (request.wantShutDown()) {
      return shutDown(active, request, image);
    }
    return answer(response(request, false, false));
  }

  private CompletableFuture<BrokerHeartbeatResponse> fenced(
      ActiveTerm active, BrokerHeartbeatRequest request) {
    if (request.wantShutDown()) {
      return answer(response(request, true, true));
    }
    if (request.wantFence() || !active.sessions().hasCaughtUp(request.brokerId())) {
      return answer(response(request, true, false));
    }
    active.sessions().isUnfenced(request.brokerId());
    LOG.info("Broker {} (epoch {}) has caught up", request.brokerId(), request.brokerEpoch());
    return carriedOut(
        active,
        request,
        new UnfenceBroker(request.brokerId(), request.brokerEpoch()),
        response(request, false, false));
  }

  private CompletableFuture<BrokerHeartbeatResponse> fence(
      ActiveTerm active, BrokerHeartbeatRequest request, boolean shouldShutDown) {
    return carriedOut(
        active,
        request,
        new FenceBroker(request.brokerId(), request.brokerEpoch()),
        response(request, true, shouldShutDown));
  }

  /**
   * Leaders move away first; then everybody who could have one of them has to know; then the broker
   * is fenced and may go. One that leads nothing may go at once.
   */
  private CompletableFuture<BrokerHeartbeatResponse> shutDown(
      ActiveTerm active, BrokerHeartbeatRequest request, MetadataImage image) {
    BrokerSessions sessions = active.sessions();
    int id = request.brokerId();
    if (image.broker(id).inControlledShutdown()) {
      // After a change of controllers it is not known what the others have to know: all of it.
      sessions.shutsDownAt(id, image.offset());
      return switchOff(active, request, image);
    }
    if (!leadsAny(image, id)) {
      LOG.info("Broker {} wants to stop, and may: it leads nothing", id);
      return fence(active, request, true);
    }
    LOG.info("Broker {} wants to stop: its leaderships move to others", id);
    CompletableFuture<BrokerHeartbeatResponse> answer = new CompletableFuture<>();
    var _ =
        carriedOut(
                active,
                request,
                new ShutDownBroker(id, request.brokerEpoch()),
                response(request, false, false))
            .whenComplete(
                (moved, failure) ->
                    shard.submit(
                        () -> {
                          if (failure != null) {
                            answer.completeExceptionally(failure);
                          } else if (moved.errorCode() != ErrorCode.NONE.code()) {
                            answer.complete(moved);
                          } else {
                            MetadataImage after = log.image();
                            sessions.shutsDownAt(id, after.offset());
                            pass(switchOff(active, request, after), answer);
                          }
                        }));
    return answer;
  }

  private CompletableFuture<BrokerHeartbeatResponse> switchOff(
      ActiveTerm active, BrokerHeartbeatRequest request, MetadataImage image) {
    if (!active.sessions().maySwitchOff(request.brokerId(), image)) {
      return answer(response(request, false, false));
    }
    LOG.info("Broker {} may stop: all others know who leads now", request.brokerId());
    return fence(active, request, true);
  }

  private static boolean isLast(MetadataImage image, BrokerImage broker) {
    return image.brokers().values().stream()
        .noneMatch(other -> other.id() != broker.id() && other.isActive());
  }

  private static boolean leadsAny(MetadataImage image, int brokerId) {
    for (TopicImage topic : image.topics()) {
      for (int i = 0; i < topic.partitionCount(); i++) {
        if (topic.partition(i).leader() == brokerId) {
          return true;
        }
      }
    }
    return false;
  }

  private CompletableFuture<BrokerHeartbeatResponse> carriedOut(
      ActiveTerm active,
      BrokerHeartbeatRequest request,
      Command command,
      BrokerHeartbeatResponse then) {
    return log.apply(active.term(), command)
        .thenApply(
            result ->
                result instanceof CommandResult.Refused refused
                    ? new BrokerHeartbeatResponse().errorCode(refused.error().code())
                    : then);
  }

  private static <T> void pass(CompletableFuture<T> from, CompletableFuture<T> to) {
    var _ =
        from.whenComplete(
            (value, failure) -> {
              if (failure != null) {
                to.completeExceptionally(failure);
              } else {
                to.complete(value);
              }
            });
  }

  private static boolean hasCaughtUp(BrokerHeartbeatRequest request) {
    return request.currentMetadataOffset() >= request.brokerEpoch();
  }

  private static BrokerHeartbeatResponse response(
      BrokerHeartbeatRequest request, boolean fenced, boolean shouldShutDown) {
    return new BrokerHeartbeatResponse()
        .isCaughtUp(hasCaughtUp(request))
        .isFenced(fenced)
        .shouldShutDown(shouldShutDown);
  }

  private static CompletableFuture<BrokerHeartbeatResponse> answer(
      BrokerHeartbeatResponse response) {
    return CompletableFuture.completedFuture(response);
  }
}
