package io.ottla.metadata.feed;

import io.ottla.metadata.image.AppliedMetadata;
import io.ottla.metadata.image.ImageSnapshot;
import io.ottla.metadata.image.MetadataDelta;
import io.ottla.metadata.image.MetadataImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;

/**
 * The newest committed changes of the metadata, for those who pull them, and the whole image for
 * those who are too far behind. Bounded: {@value #MAX_ENTRIES} commands, {@value #MAX_WEIGHT}
 * settings and partition states in them, {@value #MAX_BYTES} bytes once encoded, and one encoded
 * snapshot.
 *
 * <p>Written by the thread that applies; read and waited on by any. Encoding is done by the first
 * reader who needs an entry, so that a cluster whose brokers all vote never pays for it.
 */
public final class MetadataFeed implements AppliedMetadata {

  static final int MAX_ENTRIES = 10_000;
  static final int MAX_BYTES = 8 * 1024 * 1024;

  /** Instead of the offset of a snapshot: there is none yet that the reader has begun with. */
  public static final long NEWEST = -1;

  /** Of all entries together, see {@link FeedEntry#weight}. */
  static final int MAX_WEIGHT = 200_000;

  /** What a reader is given. */
  public sealed interface Reading {

    /**
     * Changes that follow on what the reader has.
     *
     * @param bytes of whole entries; empty if there is nothing new
     */
    record Changes(byte[] bytes) implements Reading {}

    /** The reader is too far behind: it must take an image first. */
    record SnapshotNeeded() implements Reading {}
  }

  /** Part of a snapshot, or the hint to begin with another one. */
  public record SnapshotPart(long offset, long sizeInBytes, byte[] bytes) {}

  private record Snapshot(long offset, byte[] bytes) {}

  private final Deque<Kept> entries = new ArrayDeque<>();
  private final List<Runnable> waiters = new ArrayList<>();
  private MetadataImage image;

  /** Every change after this offset is among the entries. */
  private long floor;

  private int bytes;
  private int weight;
  private Snapshot snapshot;

  /** Held by whoever encodes a snapshot. */
  private final Object encoding = new Object();

  public MetadataFeed(MetadataImage first) {
    this.image = first;
    this.floor = first.offset();
  }

  @Override
  public void applied(MetadataImage newImage, List<MetadataDelta> deltas) {
    List<Runnable> woken;
    synchronized (this) {
      image = newImage;
      Kept newest = new Kept(new FeedEntry(newImage.offset(), deltas));
      entries.add(newest);
      weight += newest.weight;
      while (entries.size() > MAX_ENTRIES || (weight > MAX_WEIGHT && entries.size() > 1)) {
        dropOldest();
      }
      woken = takeWaiters();
    }
    woken.forEach(Runnable::run);
  }

  @Override
  public void replaced(MetadataImage newImage) {
    List<Runnable> woken;
    synchronized (this) {
      image = newImage;
      entries.clear();
      bytes = 0;
      weight = 0;
      floor = newImage.offset();
      woken = takeWaiters();
    }
    woken.forEach(Runnable::run);
  }

  private List<Runnable> takeWaiters() {
    List<Runnable> taken = List.copyOf(waiters);
    waiters.clear();
    return taken;
  }

  private void dropOldest() {
    Kept oldest = entries.remove();
    floor = oldest.entry.offset();
    bytes -= oldest.size();
    weight -= oldest.weight;
  }

  /** The offset of the newest change. */
  public synchronized long endOffset() {
    return image.offset();
  }

  /**
   * Runs something, once, when there is more than a reader has; at once if there is. It runs on the
   * thread that applies and must be short.
   *
   * @return forgets it
   */
  public Runnable whenBeyond(long offset, Runnable action) {
    synchronized (this) {
      if (image.offset() <= offset) {
        waiters.add(action);
        return () -> forget(action);
      }
    }
    action.run();
    return () -> {};
  }

  private synchronized void forget(Runnable action) {
    waiters.remove(action);
  }

  /**
   * Reads on from where a reader is.
   *
   * @param offset the newest one it has, or -1
   * @param maxBytes of whole entries; the first is given even if it is longer
   */
  public synchronized Reading read(long offset, int maxBytes) {
    // An offset beyond ours is a reader who has heard more from another node: nothing new here.
    if (offset < floor) {
      return new Reading.SnapshotNeeded();
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (Kept kept : newerThan(offset)) {
      byte[] encoded = encoded(kept);
      if (out.size() > 0 && out.size() + encoded.length > maxBytes) {
        break;
      }
      out.writeBytes(encoded);
    }
    while (bytes > MAX_BYTES && entries.size() > 1) {
      dropOldest();
    }
    return new Reading.Changes(out.toByteArray());
  }

  /** From the newest back, as most readers lack little. */
  private List<Kept> newerThan(long offset) {
    List<Kept> newer = new ArrayList<>();
    for (Iterator<Kept> backwards = entries.descendingIterator(); backwards.hasNext(); ) {
      Kept kept = backwards.next();
      if (kept.entry.offset() <= offset) {
        break;
      }
      newer.add(kept);
    }
    return newer.reversed();
  }

  private byte[] encoded(Kept kept) {
    if (kept.encoded == null) {
      kept.encoded = kept.entry.encode();
      bytes += kept.encoded.length;
    }
    return kept.encoded;
  }

  /**
   * A part of the snapshot a reader has begun with; if that is gone, the beginning of another. May
   * take long, as the image may have to be encoded first: not on an event loop. Changes go on being
   * applied and read meanwhile.
   *
   * @param offset of the snapshot, or {@link #NEWEST} to begin with one
   * @param position where in it to go on
   */
  public SnapshotPart readSnapshot(long offset, long position, int maxBytes) {
    Snapshot current = snapshot(offset);
    int from = current.offset == offset ? (int) Math.clamp(position, 0, current.bytes.length) : 0;
    int to = Math.min(current.bytes.length, from + Math.max(1, maxBytes));
    return new SnapshotPart(
        current.offset, current.bytes.length, Arrays.copyOfRange(current.bytes, from, to));
  }

  /**
   * The one at an offset; if it is gone, the newest whose followers are still here, or a new one.
   */
  private Snapshot snapshot(long offset) {
    // One at a time: whoever comes second needs the same.
    synchronized (encoding) {
      MetadataImage taken;
      synchronized (this) {
        if (snapshot != null && (snapshot.offset == offset || snapshot.offset >= floor)) {
          return snapshot;
        }
        taken = image;
      }
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      try {
        ImageSnapshot.write(taken, out);
      } catch (IOException e) {
        throw new UncheckedIOException("memory cannot fail", e);
      }
      Snapshot made = new Snapshot(taken.offset(), out.toByteArray());
      synchronized (this) {
        snapshot = made;
      }
      return made;
    }
  }

  /** An entry, and its bytes once somebody has asked for them. */
  private static final class Kept {

    private final FeedEntry entry;
    private final int weight;
    private byte[] encoded;

    Kept(FeedEntry entry) {
      this.entry = entry;
      this.weight = entry.weight();
    }

    int size() {
      return encoded == null ? 0 : encoded.length;
    }
  }
}
