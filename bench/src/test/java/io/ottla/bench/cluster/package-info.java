/**
 * Measures clusters of three brokers side by side: what a fault costs, how fast they start, catch
 * up and create topics, and what they use at rest. {@link io.ottla.bench.cluster.ClusterBench}
 * takes turns; each {@link io.ottla.bench.cluster.Figure} is one of the things measured.
 */
package io.ottla.bench.cluster;
