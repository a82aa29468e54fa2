package io.ottla.coordinator;

/**
 * The end of a producer's transaction, for a partition of an internal topic.
 *
 * @param producerEpoch with which it ends; from transaction version 2 on above that of its records
 * @param coordinatorEpoch of the transaction coordinator that ends it
 * @param isCommit whether what it wrote counts now
 * @param transactionVersion in which it was written: 2 if each transaction has its own epoch
 */
public record EndMarker(
    long producerId,
    short producerEpoch,
    int coordinatorEpoch,
    boolean isCommit,
    short transactionVersion) {}
