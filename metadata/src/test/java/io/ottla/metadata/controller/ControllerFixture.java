package io.ottla.metadata.controller;

import io.ottla.metadata.image.MetadataDelta;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.MetadataPublication;
import io.ottla.wire.Uuid;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/** A controller over a quorum in memory; everything happens on the caller's thread. */
final class ControllerFixture {

  static final int NODE_ID = 1;

  final DirectQuorum quorum = new DirectQuorum();
  final List<MetadataDelta> deltas = new ArrayList<>();
  final MetadataPublication publication =
      new MetadataPublication(
          MetadataImage.empty("cluster"),
          Runnable::run,
          failure -> {
            throw new AssertionError(failure);
          });
  final ControllerStateMachine stateMachine = new ControllerStateMachine("cluster", publication);
  final PromptShard shard = new PromptShard();
  final Controller controller;
  final TestBrokers brokers;
  private long nextId = 100;

  ControllerFixture() {
    this(1);
  }

  ControllerFixture(long seed) {
    quorum.serve(stateMachine);
    publication.add((image, published) -> deltas.addAll(published));
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
                Map.of("group.version", (short) 0, "metadata.version", (short) 0),
                new Random(seed),
                () -> new Uuid(5, nextId++)),
            shard);
    brokers = new TestBrokers(controller, "cluster");
    get(controller.start());
  }

  MetadataImage image() {
    return publication.published();
  }

  /** Registers and unfences brokers. */
  ControllerFixture withBrokers(int... ids) {
    for (int id : ids) {
      startBroker(id);
    }
    return this;
  }

  long startBroker(int id) {
    long epoch = get(brokers.register(SingleNode.broker(id)));
    get(brokers.unfence(id, epoch));
    return epoch;
  }

  TopicResult create(String name, int partitions, int replicas) {
    return create(new NewTopic(name, partitions, replicas, List.of(), Map.of()));
  }

  TopicResult create(NewTopic topic) {
    return get(controller.createTopics(List.of(topic), false)).getFirst();
  }

  static <T> T get(CompletableFuture<T> future) {
    return SingleNode.get(future);
  }
}
