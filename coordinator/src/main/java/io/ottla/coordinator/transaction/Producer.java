package io.ottla.coordinator.transaction;

/** Who asks: a producer, as it names itself. */
record Producer(String transactionalId, long id, short epoch) {}
