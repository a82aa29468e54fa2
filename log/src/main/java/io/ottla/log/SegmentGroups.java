package io.ottla.log;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Which neighbouring segments are cleaned into one, so that segments do not shrink to nothing. */
final class SegmentGroups {

  private SegmentGroups() {}

  /**
   * Groups segments whose sizes together are no more than a segment's, whose indexes are no more
   * than an index's, and whose offsets fit.
   *
   * @param segments in order; held by the caller
   * @param end no segment reaches further
   */
  static List<List<Segment>> of(List<Segment> segments, long end, LogConfig config)
      throws IOException {
    List<List<Segment>> groups = new ArrayList<>();
    List<Segment> group = new ArrayList<>();
    long bytes = 0;
    long offsetEntries = 0;
    long timeEntries = 0;
    long maxOffsetEntries = config.segmentIndexBytes() / OffsetIndex.ENTRY_SIZE;
    long maxTimeEntries = config.segmentIndexBytes() / TimeIndex.ENTRY_SIZE;
    for (int i = 0; i < segments.size(); i++) {
      Segment next = segments.get(i);
      long nextEnd = i + 1 < segments.size() ? segments.get(i + 1).baseOffset() : end;
      int offsets = next.offsetIndex().entries();
      int times = next.timeIndex().entries();
      boolean fits =
          !group.isEmpty()
              && bytes + next.sizeInBytes() <= config.segmentBytes()
              && offsetEntries + offsets <= maxOffsetEntries
              && timeEntries + times <= maxTimeEntries
              && nextEnd - 1 - group.getFirst().baseOffset() <= Integer.MAX_VALUE;
      if (!fits) {
        group = new ArrayList<>();
        groups.add(group);
        bytes = 0;
        offsetEntries = 0;
        timeEntries = 0;
      }
      group.add(next);
      bytes += next.sizeInBytes();
      offsetEntries += offsets;
      timeEntries += times;
    }
    return groups;
  }
}
