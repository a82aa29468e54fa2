package io.ottla.bench;

import java.util.List;
import java.util.Map;

/**
 * What a load JVM found.
 *
 * @param acknowledged records by topic, for whoever checks later that they are still there
 */
public record SessionResult(List<Sample> samples, Map<String, Long> acknowledged) {}
