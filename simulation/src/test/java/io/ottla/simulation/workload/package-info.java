/**
 * What clients do to a simulated cluster, what they write down of it, and what must not be found in
 * that when all is over.
 */
package io.ottla.simulation.workload;
