package io.ottla.bench.log;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What the kernel has counted for the device under a directory: for all processes of the machine.
 *
 * @param readBytes from the device
 * @param writes to it
 * @param flushes of its write cache
 */
record DiskCounters(long readBytes, long writes, long flushes) {

  private static final int SECTOR_BYTES = 512;

  /** Counted from the first field of a line, as in the kernel's iostats.rst, after the name. */
  private static final int NAME_FIELDS = 3;

  private static final int SECTORS_READ = NAME_FIELDS + 3 - 1;
  private static final int WRITES = NAME_FIELDS + 5 - 1;
  private static final int FLUSHES = NAME_FIELDS + 16 - 1;

  /** Empty if the kernel counts nothing for the device of that directory. */
  static Optional<DiskCounters> of(Path directory) throws IOException {
    Device device = Device.of(directory);
    return parse(Files.readString(Path.of("/proc/diskstats")), device.major(), device.minor());
  }

  /** Reads the text of {@code /proc/diskstats}. */
  static Optional<DiskCounters> parse(String text, int major, int minor) {
    return text.lines()
        .map(line -> line.strip().split("\\s+"))
        .filter(
            fields ->
                fields.length > FLUSHES
                    && fields[0].equals(Integer.toString(major))
                    && fields[1].equals(Integer.toString(minor)))
        .map(
            fields ->
                new DiskCounters(
                    Long.parseLong(fields[SECTORS_READ]) * SECTOR_BYTES,
                    Long.parseLong(fields[WRITES]),
                    Long.parseLong(fields[FLUSHES])))
        .findFirst();
  }

  DiskCounters since(DiskCounters before) {
    return new DiskCounters(
        readBytes - before.readBytes, writes - before.writes, flushes - before.flushes);
  }

  /** A block device by its numbers. */
  record Device(int major, int minor) {

    static Device of(Path directory) throws IOException {
      return decode((long) Files.getAttribute(directory, "unix:dev"));
    }

    /** As glibc's gnu_dev_major and gnu_dev_minor do it. */
    static Device decode(long dev) {
      return new Device(
          (int) ((dev >>> 8 & 0xfff) | (dev >>> 32 & ~0xfffL)),
          (int) ((dev & 0xff) | (dev >>> 12 & ~0xffL)));
    }

    /**
     * True if it holds written data in a cache that must be flushed; false too if that is not
     * known.
     */
    boolean cachesWrites() {
      Path sys = Path.of("/sys/dev/block/%d:%d".formatted(major, minor));
      for (String queue : new String[] {"queue/write_cache", "../queue/write_cache"}) {
        try {
          return Files.readString(sys.toRealPath().resolve(queue)).strip().equals("write back");
        } catch (IOException e) {
          // A partition has the queue of its disk.
        }
      }
      return false;
    }
  }
}
