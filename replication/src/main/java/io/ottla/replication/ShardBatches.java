package io.ottla.replication;

import io.ottla.runtime.Shard;
import io.ottla.runtime.ShardTask;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Work on many partitions, as one task for each shard. Used by one thread.
 *
 * @param <T> what is done for one partition
 */
final class ShardBatches<T> {

  private static final Logger LOG = LoggerFactory.getLogger(ShardBatches.class);

  private final Map<Shard, List<T>> byShard = new LinkedHashMap<>();

  void add(Shard shard, T work) {
    byShard.computeIfAbsent(shard, _ -> new ArrayList<>()).add(work);
  }

  /** Hands the work over; one piece that fails is logged and does not stop the others. */
  CompletableFuture<Void> run(Consumer<T> worker) {
    List<CompletableFuture<Void>> done = new ArrayList<>();
    byShard.forEach(
        (shard, pieces) -> {
          CompletableFuture<Void> its = new CompletableFuture<>();
          done.add(its);
          ShardTask task =
              () -> {
                for (T piece : pieces) {
                  try {
                    worker.accept(piece);
                  } catch (RuntimeException e) {
                    LOG.error("{} did not take over its new state", piece, e);
                  }
                }
                its.complete(null);
              };
          if (shard.isOnShardThread()) {
            task.run(); // Turned by hand: who waits for it here would wait forever.
          } else {
            shard.submit(task);
          }
        });
    byShard.clear();
    return CompletableFuture.allOf(done.toArray(CompletableFuture[]::new));
  }
}
