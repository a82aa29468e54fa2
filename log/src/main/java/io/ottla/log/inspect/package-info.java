/**
 * Reads the files of log directories that no broker uses now, Kafka's as well as ours: shows what
 * is in them ({@link io.ottla.log.inspect.FileDump}), and finds what is wrong with them ({@link
 * io.ottla.log.inspect.DirectoryVerifier}). Trusts nothing it reads, writes nothing, and holds a
 * bounded piece of a file at a time. One thread.
 */
package io.ottla.log.inspect;
