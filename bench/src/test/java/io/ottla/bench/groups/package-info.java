/**
 * Consumer groups of one broker of each kind: how long they take to settle, what a commit and a
 * heartbeat cost. {@code GroupBench} takes turns, each {@code GroupFigure} is measured on a broker
 * that has just started by a client JVM of its own, {@code GroupLoadMain}.
 */
package io.ottla.bench.groups;
