package io.ottla.broker;

import io.ottla.broker.config.BrokerConfig;
import io.ottla.broker.config.ConfigNote;
import io.ottla.broker.config.Listener;
import io.ottla.broker.lag.ConsumerLags;
import io.ottla.broker.net.ServedListener;
import io.ottla.broker.net.SocketServer;
import io.ottla.coordinator.group.journal.RebalanceJournal;
import io.ottla.log.FileHandles;
import io.ottla.runtime.Clock;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One node, in one or both of its roles: starts its parts in order and stops them in the opposite
 * one. Used by one thread.
 *
 * <pre>
 *  start: controllers' listener > metadata > take the listeners' ports > join as broker > serve
 *  stop:  leave > answer what is in work > coordinators, logs > metadata > network > threads
 * </pre>
 */
public final class BrokerServer {

  private static final Logger LOG = LoggerFactory.getLogger(BrokerServer.class);

  private static final long DRAIN_MS = 3_000;
  private static final long STOP_STEP_TIMEOUT_S = 30;

  /** Between two lines that say what a start is waiting for. */
  private static final long PATIENCE_S = 10;

  /** Who has fewer is told that it may not do. */
  private static final int FEW_HANDLES = 4096;

  private final BrokerConfig config;
  private final Clock clock;
  private final Node node;

  /**
   * Puts a node together on its log directories; nothing is served yet. A broker that has never
   * been part of a cluster waits here until a controller answers.
   *
   * @param onFailure told when the node cannot go on, from any thread: the process must end
   */
  public BrokerServer(BrokerConfig config, Clock clock, Consumer<Throwable> onFailure) {
    this.config = config;
    this.clock = clock;
    config.notes().forEach(BrokerServer::tell);
    this.node = new Node(config, clock, onFailure);
  }

  private static void tell(ConfigNote note) {
    switch (note.level()) {
      case INFO -> LOG.info("{}", note.text());
      case WARNING -> LOG.warn("{}", note.text());
    }
  }

  /**
   * Starts; returns when clients are served or, on a mere controller, when it takes part.
   *
   * @throws IOException if a listener cannot be had
   * @throws IllegalStateException if the cluster does not take this node
   */
  public void start() throws IOException {
    long begunNs = clock.nowNs();
    LOG.info(
        "Starting Ottla node {} on {}{}",
        config.node().nodeId(),
        config.logDirs().dirs(),
        node.storage().wereClosedCleanly() ? "" : " (not closed cleanly: logs are checked)");
    if (FileHandles.limit() < FEW_HANDLES) {
      LOG.warn(
          "This process may have only {} files and connections open (ulimit -n). Each partition"
              + " takes one or more, and so does each client: raise the limit, to 100000 if you"
              + " can",
          FileHandles.limit());
    }
    if (node.controllerSockets().isPresent()) {
      bind(node.controllerSockets().get(), config.listeners().controllers());
      node.controllerSockets().get().serve();
    }
    CompletableFuture<Void> takesPart = node.startMetadata();
    if (node.brokerRole().isPresent()) {
      BrokerRole broker = node.brokerRole().get();
      SocketServer sockets = node.brokerSockets().orElseThrow();
      bind(sockets, config.listeners().brokers());
      awaitStart(takesPart.thenCompose(_ -> broker.join(sockets.boundPorts(), sockets::serve)));
    } else {
      awaitStart(takesPart);
    }
    LOG.info(
        "Ottla node {} of cluster {} is up, {} ms after it was started",
        config.node().nodeId(),
        node.identity().clusterId(),
        TimeUnit.NANOSECONDS.toMillis(clock.nowNs() - begunNs));
  }

  private void bind(SocketServer sockets, List<Listener> listeners) throws IOException {
    Optional<String> interBroker = config.listeners().interBrokerListener();
    for (Listener listener : listeners) {
      boolean isForBrokers = interBroker.filter(listener.name()::equals).isPresent();
      sockets.bind(
          new ServedListener(
              listener.name(),
              listener.host().isEmpty()
                  ? new InetSocketAddress(listener.port())
                  : new InetSocketAddress(listener.host(), listener.port()),
              config.listeners().backlog(),
              config.tls().of(listener.name()),
              (isForBrokers && listeners.size() > 1)
                  || config.listeners().controllers().contains(listener)));
    }
  }

  /** Waits as long as it takes; who started this broker is told what for. */
  private void awaitStart(CompletableFuture<Void> joined) {
    while (true) {
      try {
        joined.get(PATIENCE_S, TimeUnit.SECONDS);
        return;
      } catch (ExecutionException e) {
        throw new IllegalStateException(e.getCause().getMessage(), e.getCause());
      } catch (TimeoutException e) {
        LOG.info(
            "Still starting: waiting for the active controller, or for logs to be recovered. The"
                + " controllers are {}",
            config.quorum().addresses());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while starting", e);
      }
    }
  }

  /** The port each listener got, by its name. */
  public Map<String, Integer> boundPorts() {
    return node.brokerSockets().map(SocketServer::boundPorts).orElse(Map.of());
  }

  /** How far the groups are behind that this node coordinates; empty on a mere controller. */
  public Optional<ConsumerLags> lags() {
    return node.brokerRole().map(BrokerRole::lags);
  }

  /** What these groups have gone through; empty on a mere controller. */
  public Optional<RebalanceJournal> rebalances() {
    return node.brokerRole().map(BrokerRole::rebalances);
  }

  private static void leave(BrokerRole broker) {
    if (!await(
        broker.leave(), "Leadership could not be handed over in order. Stopping all the same")) {
      broker.leaveAtOnce();
    }
  }

  private static void close(BrokerRole broker) {
    var _ =
        await(
            broker.endMetadata(),
            "Logs are still being opened and closed as the metadata says. Closing them anyway");
    broker.close();
  }

  /** Waits for a step, for so long. Says what becomes of it, and why, if it does not succeed. */
  private static boolean await(CompletableFuture<Void> step, String otherwise) {
    try {
      step.get(STOP_STEP_TIMEOUT_S, TimeUnit.SECONDS);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      LOG.warn("{}: interrupted", otherwise);
    } catch (TimeoutException e) {
      LOG.warn("{}: it took longer than {} s", otherwise, STOP_STEP_TIMEOUT_S);
    } catch (ExecutionException e) {
      LOG.warn(otherwise, e.getCause());
    }
    return false;
  }

  /** Stops in order; what was acknowledged is on disk afterwards. */
  public void close() {
    LOG.info("Stopping Ottla node {}", config.node().nodeId());
    Optional<BrokerRole> broker = node.brokerRole();
    node.endHousekeeping();
    broker.ifPresent(BrokerServer::leave);
    node.brokerSockets().ifPresent(sockets -> sockets.close(DRAIN_MS));
    broker.ifPresent(BrokerServer::close);
    node.close(DRAIN_MS);
    LOG.info("Ottla node {} has stopped", config.node().nodeId());
  }
}
