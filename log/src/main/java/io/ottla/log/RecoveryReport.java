package io.ottla.log;

/**
 * What opening a log found.
 *
 * @param clean whether it was closed properly and needed no scan
 * @param segmentsScanned segments read batch by batch
 * @param bytesScanned their bytes
 * @param bytesCut bytes cut off as not being whole batches, with segments behind them
 * @param logEndOffset where the log ended then
 */
public record RecoveryReport(
    boolean clean, int segmentsScanned, long bytesScanned, long bytesCut, long logEndOffset) {}
