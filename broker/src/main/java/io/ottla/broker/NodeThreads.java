package io.ottla.broker;

import io.ottla.runtime.Shard;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;

/**
 * Where a node's work is done, but for the network's and the metadata log's own: the threads of a
 * process, or one thread that has time in its hands. Any thread may ask for what it is.
 */
interface NodeThreads {

  /** The owners of partitions. */
  List<? extends Shard> shards();

  /** The controller's event loop. */
  Shard controllerShard();

  /** For what takes long or blocks, on behalf of requests. */
  Executor workers();

  /** For opening, recovering and closing logs; forces what compaction wrote. */
  Executor openers();

  /** For bringing what fetches want to read into memory; empty if network threads do it. */
  Optional<Executor> readAhead();

  /** Hands commands to the quorum, in order. */
  Executor quorum();

  /** Runs what other voters send, which may wait for the disk. */
  Executor quorumMessages();

  /** Where metadata is published. */
  Executor publication();

  /** A thread that forces the logs of one directory. */
  Executor newFlusher();

  /** Runs work each time so long after it has run, one at a time with all other such work. */
  void repeat(long intervalMs, Runnable work);

  /** Work for threads of its own; it begins when it is woken for the first time. */
  Background background(String name, PacedWork work);

  /** Work in the background. Any thread. */
  interface Background extends AutoCloseable {

    /** There is something to do. */
    void wake();

    /** Ends it at the next step, or the next bytes, it comes to; returns when it has ended. */
    @Override
    void close();
  }
}
