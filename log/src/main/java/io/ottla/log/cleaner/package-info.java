/**
 * What compaction keeps, batch by batch: pure functions over bytes and offsets. Which log is worth
 * it, and how its files are read and replaced, is the log's and replication's business.
 */
package io.ottla.log.cleaner;
