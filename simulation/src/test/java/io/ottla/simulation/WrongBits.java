package io.ottla.simulation;

import io.ottla.log.MemoryFileSystem;
import io.ottla.wire.record.BatchHeader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * The bits of a machine's disk that turn while no process runs on it: those that can be done
 * without, and those of records that had been forced, which cost the replica.
 */
final class WrongBits {

  private static final String RECOVERY_POINTS = "recovery-point-offset-checkpoint";
  private static final int BATCH_OVERHEAD = 12; // base offset and length, which counts from there

  private int count;
  private Path spoiltReplica;

  /** How many have turned. */
  int count() {
    return count;
  }

  /**
   * The directory of a replica whose forced records were spoilt and that is still there, or null.
   */
  Path spoiltReplica() {
    return spoiltReplica;
  }

  /** The spoilt replica is gone, whoever took it away. */
  void replaced() {
    spoiltReplica = null;
  }

  /**
   * Of a file from which logs are read faster, or of records that were not forced.
   *
   * @return which file; null if there is none
   */
  Path flipWhatCanBeSpared(MemoryFileSystem disk, Random random) {
    List<Path> files =
        disk.files().stream()
            .filter(file -> file.startsWith("/logs") && sparedBytes(disk, file) > 0)
            .toList();
    if (files.isEmpty()) {
      return null;
    }
    Path file = files.get(random.nextInt(files.size()));
    int fromEnd = 1 + random.nextInt(sparedBytes(disk, file));
    flip(disk, file, size(disk, file) - fromEnd, random);
    return file;
  }

  /**
   * Of records below the recovery point of a log, where it is read when it is opened after a crash:
   * that replica cannot be trusted any more, and says so.
   *
   * @return which file; null if there is none
   */
  Path flipForced(MemoryFileSystem disk, Random random) {
    List<Forced> places = new ArrayList<>();
    for (Path file : disk.files()) {
      if (file.startsWith("/logs") && file.getFileName().toString().equals(RECOVERY_POINTS)) {
        addPlaces(disk, file, places);
      }
    }
    if (places.isEmpty()) {
      return null;
    }
    Forced place = places.get(random.nextInt(places.size()));
    flip(disk, place.segment, place.anyByte(random), random);
    spoiltReplica = place.segment.getParent();
    return place.segment;
  }

  /**
   * Where batches below a recovery point begin in a segment, and where the last of them ends. A
   * wrong bit in a leader epoch, which no checksum covers, and in what recovery reads of a header
   * without computing the checksum would be believed: those are left to the tests of the log.
   */
  private record Forced(Path segment, List<Integer> starts, int end) {

    int anyByte(Random random) {
      int batch = random.nextInt(starts.size());
      int start = starts.get(batch);
      int next = batch + 1 < starts.size() ? starts.get(batch + 1) : end;
      int records = next - start - BatchHeader.SIZE;
      int at = random.nextInt(BATCH_OVERHEAD + records);
      return at < BATCH_OVERHEAD ? start + at : next - 1 - (at - BATCH_OVERHEAD);
    }
  }

  private void flip(MemoryFileSystem disk, Path file, int position, Random random) {
    disk.flip(file, position, random.nextInt(8));
    count++;
  }

  /** How many bytes at the end of a file may be wrong, with all that counts found elsewhere. */
  private static int sparedBytes(MemoryFileSystem disk, Path file) {
    String name = file.getFileName().toString();
    int size = size(disk, file);
    if (name.endsWith(".log")) {
      return Math.max(0, size - disk.forcedBytes(file));
    }
    boolean isBeside =
        name.endsWith(".index")
            || name.endsWith(".timeindex")
            || name.endsWith(".snapshot")
            || name.equals("leader-epoch-checkpoint");
    return isBeside ? size : 0;
  }

  /** Of each log of a directory the segment in which its recovery point lies, as far as to that. */
  private static void addPlaces(MemoryFileSystem disk, Path checkpoint, List<Forced> places) {
    String[] lines = new String(read(disk, checkpoint), StandardCharsets.UTF_8).split("\n");
    for (int i = 2; i < lines.length; i++) { // behind the version and the number of entries
      String[] entry = lines[i].split(" ");
      Path replica = checkpoint.resolveSibling(entry[0] + "-" + entry[1]);
      long recoveryPoint = Long.parseLong(entry[2]);
      Path segment = null;
      for (Path file : disk.files()) { // by name, and so by offset
        String name = file.getFileName().toString();
        if (replica.equals(file.getParent())
            && name.endsWith(".log")
            && Long.parseLong(name.substring(0, 20)) < recoveryPoint) {
          segment = file;
        }
      }
      if (segment != null) {
        addPlace(segment, read(disk, segment), recoveryPoint, places);
      }
    }
  }

  private static void addPlace(
      Path segment, byte[] content, long recoveryPoint, List<Forced> places) {
    ByteBuffer batches = ByteBuffer.wrap(content);
    List<Integer> starts = new ArrayList<>();
    int end = 0;
    while (end + BatchHeader.SIZE <= content.length && batches.getLong(end) < recoveryPoint) {
      int next = end + BATCH_OVERHEAD + batches.getInt(end + Long.BYTES);
      if (next < end + BatchHeader.SIZE || next > content.length) {
        break;
      }
      starts.add(end);
      end = next;
    }
    if (!starts.isEmpty()) {
      places.add(new Forced(segment, starts, end));
    }
  }

  private static byte[] read(MemoryFileSystem disk, Path file) {
    try {
      return disk.readAll(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int size(MemoryFileSystem disk, Path file) {
    try {
      return (int) disk.sizeInBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
