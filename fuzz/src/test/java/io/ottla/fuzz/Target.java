package io.ottla.fuzz;

import io.ottla.broker.config.PropertiesFuzz;
import io.ottla.broker.net.FrameFuzz;
import io.ottla.broker.net.RequestFuzz;
import io.ottla.log.RecoveryFuzz;
import io.ottla.metadata.controller.CommandFuzz;
import io.ottla.metadata.feed.FeedFuzz;
import io.ottla.wire.record.BatchFuzz;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** What is fuzzed. Its name in lower case is its directory's in the corpus. */
enum Target {
  FRAMES(FrameFuzz::fuzzerTestOneInput, FrameFuzz::seeds),
  REQUESTS(RequestFuzz::fuzzerTestOneInput, RequestFuzz::seeds),
  BATCHES(BatchFuzz::fuzzerTestOneInput, BatchFuzz::seeds),
  RECOVERY(RecoveryFuzz::fuzzerTestOneInput, RecoveryFuzz::seeds),
  PROPERTIES(PropertiesFuzz::fuzzerTestOneInput, PropertiesFuzz::seeds),
  FEED(FeedFuzz::fuzzerTestOneInput, FeedFuzz::seeds),
  COMMANDS(CommandFuzz::fuzzerTestOneInput, CommandFuzz::seeds);

  private final Consumer<byte[]> test;
  private final Supplier<Map<String, byte[]>> seeds;

  Target(Consumer<byte[]> test, Supplier<Map<String, byte[]>> seeds) {
    this.test = test;
    this.seeds = seeds;
  }

  /** Tries one input; throws if it shows a fault. */
  void test(byte[] input) {
    test.accept(input);
  }

  /** Where its corpus began. */
  Map<String, byte[]> seeds() {
    return seeds.get();
  }

  String directory() {
    return name().toLowerCase(Locale.ROOT);
  }
}
