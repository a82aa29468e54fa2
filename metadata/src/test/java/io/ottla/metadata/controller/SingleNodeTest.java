package io.ottla.metadata.controller;

import static io.ottla.metadata.controller.SingleNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.metadata.image.ConfigResource;
import io.ottla.wire.ErrorCode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SingleNodeTest {

  @TempDir Path directory;

  @Test
  void keepsEverythingOverARestart() {
    long hash;
    ProducerIdBlock block;
    try (SingleNode node = SingleNode.start(directory)) {
      long epoch = node.startBroker();
      block = get(node.controller().allocateProducerIds(SingleNode.NODE_ID, epoch));
      List<TopicResult> created =
          get(
              node.controller()
                  .createTopics(
                      List.of(new NewTopic("orders", 4, -1, List.of(), Map.of("k", "v"))), false));
      assertThat(created.getFirst().error()).isEqualTo(ErrorCode.NONE);
      assertThat(node.image().topic("orders").partitionCount()).isEqualTo(4);
      hash = node.image().hash();
    }
    try (SingleNode node = SingleNode.start(directory)) {
      assertThat(node.image().hash()).isEqualTo(hash);
      assertThat(node.image().configs(ConfigResource.topic("orders"))).containsEntry("k", "v");
      long epoch = node.startBroker();
      assertThat(get(node.controller().allocateProducerIds(SingleNode.NODE_ID, epoch)).first())
          .isEqualTo(block.first() + ProducerIdBlock.COUNT);
      assertThat(node.failures()).isEmpty();
    }
  }

  @Test
  void startsQuickly() {
    for (int i = 0; i < 5; i++) {
      long before = System.nanoTime();
      SingleNode node = SingleNode.start(directory);
      long started = System.nanoTime();
      node.startBroker();
      long registered = System.nanoTime();
      node.close();
      System.out.printf(
          "start %d: ready after %d ms, broker unfenced after %d ms, closed in %d ms%n",
          i,
          (started - before) / 1_000_000,
          (registered - started) / 1_000_000,
          (System.nanoTime() - registered) / 1_000_000);
    }
  }
}
