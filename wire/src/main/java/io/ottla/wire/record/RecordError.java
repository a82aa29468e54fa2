package io.ottla.wire.record;

/**
 * Why one record of a batch was not accepted; goes into the produce response from version 8 on
 * (KIP-467).
 *
 * @param batchIndex the record's place in its batch, from 0; the protocol's name for it
 */
public record RecordError(int batchIndex, String message) {}
