package io.ottla.wire;

/**
 * The bytes of zero or more record batches, wherever they are: in a network frame ({@link
 * BufferRecords}) or in a segment file (the log's slice). Messages carry them as they are; only the
 * socket, or the file, copies them.
 *
 * <p>Records may hold a resource (a buffer, a file). Whoever is handed them releases them once.
 */
public interface Records {

  int sizeInBytes();

  /** Gives the bytes back. Called exactly once by the last holder, from any thread. */
  void release();
}
