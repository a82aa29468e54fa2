package io.ottla.replication;

import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * This broker, as others know it.
 *
 * @param id its node id
 * @param epoch the epoch of its present registration, or -1 before there is one; any thread asks
 * @param session whether no controller can have given its place to others by now; any thread asks
 */
public record LocalNode(int id, LongSupplier epoch, BooleanSupplier session) {}
