package io.ottla.metadata.controller;

import java.util.List;

/**
 * More partitions that a client asks for.
 *
 * @param topic the topic's name
 * @param count how many partitions it is to have in all
 * @param assignments who holds each new partition, in order; null when the controller decides
 */
public record NewPartitions(String topic, int count, List<List<Integer>> assignments) {}
