package io.ottla.log;

import java.util.Arrays;
import java.util.Collection;

/** The segments of a log in the order of their offsets; the last is the active one. Immutable. */
final class SegmentList {

  private final Segment[] segments;
  private final long[] baseOffsets;

  SegmentList(Collection<Segment> segments) {
    this(segments.toArray(new Segment[0]));
  }

  private SegmentList(Segment[] segments) {
    this.segments = segments;
    this.baseOffsets = new long[segments.length];
    for (int i = 0; i < segments.length; i++) {
      baseOffsets[i] = segments[i].baseOffset();
      assert i == 0 || baseOffsets[i - 1] < baseOffsets[i] : "segments are out of order";
    }
  }

  int size() {
    return segments.length;
  }

  Segment get(int index) {
    return segments[index];
  }

  Segment first() {
    return segments[0];
  }

  Segment active() {
    return segments[segments.length - 1];
  }

  /** Index of the segment that an offset belongs to, -1 if it lies before all of them. */
  int floor(long offset) {
    int found = Arrays.binarySearch(baseOffsets, offset);
    return found >= 0 ? found : -found - 2;
  }

  SegmentList with(Segment next) {
    Segment[] more = Arrays.copyOf(segments, segments.length + 1);
    more[segments.length] = next;
    return new SegmentList(more);
  }

  /** Without the first ones. */
  SegmentList withoutFirst(int count) {
    return new SegmentList(Arrays.copyOfRange(segments, count, segments.length));
  }

  /** Index of a segment itself, -1 if it is not in the list. */
  int indexOf(Segment segment) {
    int index = floor(segment.baseOffset());
    return index >= 0 && segments[index] == segment ? index : -1;
  }

  /** With one segment in the place of some. */
  SegmentList replacing(int from, int count, Segment by) {
    Segment[] others = new Segment[segments.length - count + 1];
    System.arraycopy(segments, 0, others, 0, from);
    others[from] = by;
    System.arraycopy(segments, from + count, others, from + 1, segments.length - from - count);
    return new SegmentList(others);
  }

  /** The first ones only, the last of them replaced. */
  SegmentList endingWith(int count, Segment last) {
    Segment[] fewer = Arrays.copyOf(segments, count);
    fewer[count - 1] = last;
    return new SegmentList(fewer);
  }
}
