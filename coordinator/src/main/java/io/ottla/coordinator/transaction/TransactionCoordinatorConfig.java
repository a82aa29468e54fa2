package io.ottla.coordinator.transaction;

/**
 * How a transaction coordinator behaves.
 *
 * @param maxTimeoutMs the longest timeout a producer may ask for: {@code
 *     transaction.max.timeout.ms}
 * @param idExpirationMs after which an id that nobody uses is forgotten: {@code
 *     transactional.id.expiration.ms}
 * @param abortCheckIntervalMs how often transactions are looked at that are open for too long:
 *     {@code transaction.abort.timed.out.transaction.cleanup.interval.ms}
 * @param expiryCheckIntervalMs how often ids are looked at that nobody uses: {@code
 *     transaction.remove.expired.transaction.cleanup.interval.ms}
 * @param concurrentWaitMs how long a request waits for the end of a transaction that is half
 *     finished before its producer is told to come back
 * @param writeTimeoutMs how long a response waits for the high watermark
 * @param loadChunkBytes how much of the log is read at a time while loading: {@code
 *     transaction.state.log.load.buffer.size}
 * @param maxHeldReplies how many responses may wait for the high watermark
 */
public record TransactionCoordinatorConfig(
    int maxTimeoutMs,
    int idExpirationMs,
    int abortCheckIntervalMs,
    int expiryCheckIntervalMs,
    int concurrentWaitMs,
    int writeTimeoutMs,
    int loadChunkBytes,
    int maxHeldReplies) {}
