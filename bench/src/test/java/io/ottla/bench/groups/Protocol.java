package io.ottla.bench.groups;

import java.util.Locale;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;

/** How the members of a group agree, and what a stock consumer is told for it. */
enum Protocol {
  /** The client's default: everybody gives up everything in each rebalance. */
  CLASSIC,
  /** The classic protocol with the assignor that moves only what must move. */
  COOPERATIVE,
  /** The broker decides (KIP-848). */
  CONSUMER;

  /** Over the client's defaults. */
  Map<String, String> properties() {
    return switch (this) {
      case CLASSIC -> Map.of(ConsumerConfig.GROUP_PROTOCOL_CONFIG, "classic");
      case COOPERATIVE ->
          Map.of(
              ConsumerConfig.GROUP_PROTOCOL_CONFIG,
              "classic",
              ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
              CooperativeStickyAssignor.class.getName());
      case CONSUMER -> Map.of(ConsumerConfig.GROUP_PROTOCOL_CONFIG, "consumer");
    };
  }

  /** As it is written on the command line. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
