/**
 * The keys that topics, brokers, groups and client metrics subscriptions can be configured with:
 * names, types, defaults and what is allowed, as Kafka 4.3 has them; and how a value in force is
 * found among its sources (KIP-226). Everything here is immutable and may be used from any thread.
 */
package io.ottla.metadata.config;
