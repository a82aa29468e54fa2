/**
 * A whole cluster in one thread, from one seed: brokers and controllers of the production's
 * classes, on disks in memory, a network and a consensus log that are simulated, with clients that
 * write down what they see.
 *
 * <p>Everything that happens is an event of a {@link io.ottla.simulation.Timeline}; a seed makes
 * the same history each time.
 */
package io.ottla.simulation;
