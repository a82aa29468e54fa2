package io.ottla.bench.log;

import io.ottla.bench.BenchRun;
import io.ottla.bench.MeasurementException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Empties the page cache of what lies in a data directory. */
final class PageCache {

  private static final Path DROP = Path.of("/proc/sys/vm/drop_caches");
  private static final int LIMIT_SECONDS = 60;

  private PageCache() {}

  /** How it is emptied here, for the report. */
  static String how() {
    return Files.isWritable(DROP)
        ? "emptied as a whole (drop_caches)"
        : "emptied file by file (posix_fadvise)";
  }

  /**
   * Returns when nothing of the logs is in memory; they must not be written to. Whether it worked,
   * the disk's counters tell.
   */
  static void drop(Path data) throws IOException, InterruptedException {
    // Pages that are not on the disk yet stay.
    BenchRun.settleDisk();
    if (Files.isWritable(DROP)) {
      Files.writeString(DROP, "3\n");
    } else {
      for (Path log : SegmentFiles.all(data)) {
        dropOne(log);
      }
    }
  }

  private static void dropOne(Path file) throws IOException, InterruptedException {
    Process dd =
        new ProcessBuilder("dd", "of=" + file, "oflag=nocache", "conv=notrunc,fdatasync", "count=0")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (!dd.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS) || dd.exitValue() != 0) {
      dd.destroyForcibly();
      throw new MeasurementException("dd could not drop the pages of " + file);
    }
  }
}
