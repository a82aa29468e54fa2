/**
 * Measures Ottla side by side with Apache Kafka: the same machine, JDK, files, stock client and
 * load, in turn. {@link io.ottla.bench.Bench} starts the brokers and writes the report; {@link
 * io.ottla.bench.LoadMain} runs the loads against one broker, in a JVM of its own.
 */
package io.ottla.bench;
