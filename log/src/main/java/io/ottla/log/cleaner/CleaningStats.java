package io.ottla.log.cleaner;

/**
 * What a cleaning did.
 *
 * @param bytesIndexed read to learn the last offset of each key
 * @param bytesRead read to be copied
 * @param bytesWritten what is left of these
 * @param recordsRead in what was read to be copied
 * @param recordsWritten what is left of these
 * @param keyless records without a key, dropped: nobody may write them to a compacted topic
 * @param mapUtilization how full the table of keys was, 0 to 1
 */
public record CleaningStats(
    long bytesIndexed,
    long bytesRead,
    long bytesWritten,
    long recordsRead,
    long recordsWritten,
    long keyless,
    double mapUtilization) {

  public static final CleaningStats NONE = new CleaningStats(0, 0, 0, 0, 0, 0, 0);
}
