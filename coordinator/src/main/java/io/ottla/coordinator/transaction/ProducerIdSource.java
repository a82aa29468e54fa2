package io.ottla.coordinator.transaction;

import java.util.concurrent.CompletableFuture;

/** Gives out producer ids, each once in the life of the cluster. Any thread. */
public interface ProducerIdSource {

  CompletableFuture<Long> next();
}
