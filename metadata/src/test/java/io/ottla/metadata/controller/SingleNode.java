package io.ottla.metadata.controller;

import io.ottla.metadata.image.BrokerImage;
import io.ottla.metadata.image.Endpoint;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.MetadataPublication;
import io.ottla.metadata.quorum.MetadataStorage;
import io.ottla.metadata.quorum.QuorumException;
import io.ottla.metadata.quorum.RatisQuorum;
import io.ottla.runtime.Clock;
import io.ottla.runtime.RingShard;
import io.ottla.wire.Uuid;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** One node's metadata, put together as a broker does it, on a real directory. */
public final class SingleNode implements AutoCloseable {

  public static final int NODE_ID = 1;

  private final ExecutorService controllerThread = Executors.newSingleThreadExecutor();
  private final RingShard shard = new RingShard(0, 1024, 0, Clock.system()).start();
  private final ExecutorService publicationThread = Executors.newSingleThreadExecutor();
  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
  private final MetadataPublication publication;
  private final ControllerStateMachine stateMachine;
  private final RatisQuorum<CommandResult> quorum;
  private final Controller controller;
  private final TestBrokers brokers;

  private SingleNode(Path logDir, long snapshotThreshold) {
    MetadataStorage storage =
        MetadataStorage.open(
            new MetadataStorage.Settings(NODE_ID, null, List.of(logDir), logDir), Uuid::random);
    publication =
        new MetadataPublication(
            MetadataImage.empty(storage.clusterId()), publicationThread, failures::add);
    stateMachine = new ControllerStateMachine(storage.clusterId(), publication);
    quorum =
        new RatisQuorum<>(
            new RatisQuorum.Settings(
                storage.clusterId(), NODE_ID, storage.metadataDirectory(), snapshotThreshold),
            stateMachine,
            controllerThread,
            failures::add);
    controller =
        new Controller(
            quorum,
            stateMachine,
            publication,
            new LenientRules(),
            new ControllerSettings(
                NODE_ID,
                3,
                brokers -> 1,
                Map.of("group.version", (short) 0),
                new Random(7),
                Uuid::random),
            shard);
    brokers = new TestBrokers(controller, storage.clusterId());
    try {
      get(controller.start());
      storage.markFormatted();
    } catch (QuorumException e) {
      controllerThread.shutdownNow();
      publicationThread.shutdownNow();
      shard.close();
      throw e;
    }
  }

  /** Starts, and waits until it leads. */
  public static SingleNode start(Path logDir) {
    return new SingleNode(logDir, RatisQuorum.DEFAULT_SNAPSHOT_THRESHOLD);
  }

  public static SingleNode start(Path logDir, long snapshotThreshold) {
    return new SingleNode(logDir, snapshotThreshold);
  }

  public Controller controller() {
    return controller;
  }

  public MetadataImage image() {
    return publication.published();
  }

  public MetadataPublication publication() {
    return publication;
  }

  public Queue<Throwable> failures() {
    return failures;
  }

  /** Registers and unfences this node's broker; returns its epoch. */
  public long startBroker() {
    long epoch = get(brokers.register(broker(NODE_ID)));
    get(brokers.unfence(NODE_ID, epoch));
    CompletableFuture<Void> published = new CompletableFuture<>();
    publication.whenPublished(() -> published.complete(null));
    get(published);
    return epoch;
  }

  TestBrokers brokers() {
    return brokers;
  }

  /** A new incarnation of a broker. */
  public static BrokerImage broker(int id) {
    return new BrokerImage(
        id,
        -1,
        Uuid.random(),
        List.of(new Endpoint("PLAINTEXT", "127.0.0.1", 9092, (short) 0)),
        null,
        new TreeMap<>(Collections.emptyMap()),
        List.of(new Uuid(77, id)),
        false);
  }

  /** Waits for an answer. */
  public static <T> T get(CompletableFuture<T> future) {
    try {
      return future.get(20, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw ControllerException.of(e);
    }
  }

  @Override
  public void close() {
    controller.close();
    controllerThread.shutdown();
    publicationThread.shutdown();
    shard.close();
  }
}
