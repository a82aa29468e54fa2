package io.ottla.bench;

/** One measured value. */
record Sample(Metric metric, double value) {}
