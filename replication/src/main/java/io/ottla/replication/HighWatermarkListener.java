package io.ottla.replication;

/** Told on the shard when a partition's high watermark has moved. */
@FunctionalInterface
public interface HighWatermarkListener {

  void onHighWatermark(long highWatermark);
}
