package io.ottla.bench;

/** One measured value. */
public record Sample(Metric metric, double value) {}
