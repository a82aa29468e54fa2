package io.ottla.log;

import io.ottla.wire.record.DecompressionLimits;

/**
 * What one cleaning may take.
 *
 * @param keyBytes for the table of keys
 * @param keyLoadFactor share of the table that is used
 * @param readBytes for reading; more while a batch is larger
 * @param writeBytes for writing; more while a batch is larger
 * @param limits to which batches are decompressed
 * @param seed of the hash of keys: not to be guessed by clients
 */
public record CleanerMemory(
    long keyBytes,
    double keyLoadFactor,
    int readBytes,
    int writeBytes,
    DecompressionLimits limits,
    long seed) {}
