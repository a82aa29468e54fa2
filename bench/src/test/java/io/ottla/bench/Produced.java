package io.ottla.bench;

/**
 * What a producer had acknowledged: how many records, and the sum of the numbers written into them,
 * which tells a lost and a doubled record from none.
 */
public record Produced(String topic, long records, long sumOfNumbers) {}
