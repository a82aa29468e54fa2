package io.ottla.log.inspect;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** The leader epochs of a partition, as its leader-epoch-checkpoint says: start offset to epoch. */
final class Epochs {

  private final NavigableMap<Long, Integer> byStart = new TreeMap<>();

  private Epochs() {}

  /** Reads the file, if there is one, and reports what is wrong with it. */
  static Epochs read(Path partition, Problems problems) throws IOException {
    Epochs epochs = new Epochs();
    Path file = partition.resolve("leader-epoch-checkpoint");
    if (!Files.exists(file)) {
      return epochs;
    }
    try {
      CheckpointFile.read(
          file,
          2,
          2,
          entry -> {
            int epoch = Integer.parseInt(entry[0]);
            long start = Long.parseLong(entry[1]);
            Map.Entry<Long, Integer> before = epochs.byStart.lastEntry();
            if (before != null && (epoch <= before.getValue() || start <= before.getKey())) {
              problems.add(
                  file,
                  "epoch "
                      + epoch
                      + " from offset "
                      + start
                      + " follows on epoch "
                      + before.getValue()
                      + " from offset "
                      + before.getKey());
            } else {
              epochs.byStart.put(start, epoch);
            }
          });
    } catch (DamagedFileException | NumberFormatException e) {
      problems.add(file, e.getMessage());
      epochs.byStart.clear();
    }
    return epochs;
  }

  /** The epoch of an offset; -1 if it is not known. */
  int at(long offset) {
    Map.Entry<Long, Integer> entry = byStart.floorEntry(offset);
    return entry == null ? -1 : entry.getValue();
  }
}
