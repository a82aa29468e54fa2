package io.ottla.log;

import java.io.IOException;

/** Which segments have had their time. Stateless; called by the log's owner. */
final class Retention {

  private Retention() {}

  /**
   * How many segments, from the oldest on, may go: those before the log's start always, the others
   * if the topic's policy deletes. Never one that reaches above the high watermark.
   */
  static int deletable(SegmentList segments, LogOffsets offsets, LogConfig config, long nowMs)
      throws IOException {
    boolean bySize = config.delete() && config.retentionBytes() >= 0;
    boolean byTime = config.delete() && config.retentionMs() >= 0;
    long excess = -config.retentionBytes();
    for (int i = 0; i < segments.size(); i++) {
      excess += segments.get(i).sizeInBytes();
    }
    int count = 0;
    while (count < segments.size()) {
      Segment segment = segments.get(count);
      boolean active = count == segments.size() - 1;
      long end = active ? offsets.logEnd() : segments.get(count + 1).baseOffset();
      int size = segment.sizeInBytes();
      if (end > offsets.highWatermark() || (active && size == 0)) {
        break;
      }
      boolean beforeStart = !active && end <= offsets.logStart();
      boolean tooMuch = bySize && excess >= size;
      boolean tooOld = byTime && nowMs - segment.ageTimestampMs() > config.retentionMs();
      if (!beforeStart && !tooMuch && !tooOld) {
        break;
      }
      excess -= size;
      count++;
    }
    return count;
  }
}
