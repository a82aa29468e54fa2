package io.ottla.log;

import java.nio.file.Path;
import java.util.List;

/** Names of the files in a partition's directory: twenty digits of an offset, and what it is. */
final class SegmentFiles {

  static final String LOG = ".log";
  static final String OFFSET_INDEX = ".index";
  static final String TIME_INDEX = ".timeindex";
  static final String TRANSACTION_INDEX = ".txnindex";
  static final String PRODUCER_SNAPSHOT = ".snapshot";

  /** Taken out of the log, waits to be deleted. */
  static final String DELETED = ".deleted";

  /** Written by compaction, not complete. */
  static final String CLEANED = ".cleaned";

  /** Written by compaction, complete, about to take the place of others. */
  static final String SWAP = ".swap";

  static final String LEADER_EPOCHS = "leader-epoch-checkpoint";
  static final String PARTITION_METADATA = "partition.metadata";

  /** The files of a segment; the log comes last, so that what is left over is always complete. */
  static final List<String> OF_SEGMENT = List.of(OFFSET_INDEX, TIME_INDEX, TRANSACTION_INDEX, LOG);

  private static final int DIGITS = 20;

  private SegmentFiles() {}

  static String name(long offset, String suffix) {
    String digits = Long.toString(offset);
    return "0".repeat(DIGITS - digits.length()) + digits + suffix;
  }

  static Path path(Path directory, long offset, String suffix) {
    return directory.resolve(name(offset, suffix));
  }

  /** The offset a file is named after, -1 if it is none of ours. */
  static long offset(String name) {
    int dot = name.indexOf('.');
    if (dot < 1) {
      return -1L;
    }
    for (int i = 0; i < dot; i++) {
      if (name.charAt(i) < '0' || name.charAt(i) > '9') {
        return -1L;
      }
    }
    try {
      return Long.parseLong(name.substring(0, dot));
    } catch (NumberFormatException e) {
      return -1L;
    }
  }
}
