package io.ottla.broker.producer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class ProducerIdsTest {

  private final Queue<CompletableFuture<ProducerIds.Block>> blocks = new ArrayDeque<>();
  private final ProducerIds ids = new ProducerIds(this::next);

  private CompletableFuture<ProducerIds.Block> next() {
    if (blocks.isEmpty()) {
      throw new IllegalStateException("broken on purpose");
    }
    return blocks.poll();
  }

  private void willGet(long first, int count) {
    blocks.add(CompletableFuture.completedFuture(new ProducerIds.Block(first, count)));
  }

  @Test
  void asksAgainAfterAskingHasFailed() {
    CompletableFuture<Long> refused = ids.next();
    assertThatThrownBy(refused::join).hasMessageContaining("broken on purpose");
    willGet(1000, 2);

    assertThat(ids.next()).isCompletedWithValue(1000L);
    assertThat(ids.next()).isCompletedWithValue(1001L);
  }

  @Test
  void asksForAnotherBlockWhenOneIsUsedUp() {
    willGet(0, 1);
    willGet(5000, 1);

    assertThat(ids.next()).isCompletedWithValue(0L);
    assertThat(ids.next()).isCompletedWithValue(5000L);
  }
}
