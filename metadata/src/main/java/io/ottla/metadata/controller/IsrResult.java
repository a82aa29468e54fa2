package io.ottla.metadata.controller;

import io.ottla.metadata.image.PartitionImage;
import io.ottla.wire.ErrorCode;

/**
 * What became of one partition's new in-sync replicas.
 *
 * @param error {@link ErrorCode#NONE} when they are so
 * @param state the partition from now on; null when refused
 */
record IsrResult(ErrorCode error, PartitionImage state) {

  static IsrResult done(PartitionImage state) {
    return new IsrResult(ErrorCode.NONE, state);
  }

  static IsrResult refused(ErrorCode error) {
    return new IsrResult(error, null);
  }
}
