package io.ottla.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * What Linux has counted for a process: all its threads, compiler and collector included.
 *
 * @param cpuSeconds user and system time since its start, in steps of a clock tick (mostly 10 ms)
 * @param residentBytes memory in use, mapped files included
 * @param anonymousBytes of that, memory that no file backs
 */
public record ProcessCounters(double cpuSeconds, long residentBytes, long anonymousBytes) {

  /** Fixed at 100 for user space on every Linux that a JVM of today runs on. */
  private static final double TICKS_PER_SECOND = 100;

  /**
   * @throws IllegalStateException if there is no such process
   */
  public static ProcessCounters of(long pid) throws IOException {
    Path directory = Path.of("/proc", Long.toString(pid));
    try {
      return parse(
          Files.readString(directory.resolve("stat"), StandardCharsets.ISO_8859_1),
          Files.readString(directory.resolve("status"), StandardCharsets.ISO_8859_1));
    } catch (NoSuchFileException e) {
      throw new IllegalStateException("no process " + pid, e);
    }
  }

  /** Reads the text of {@code /proc/<pid>/stat} and {@code /proc/<pid>/status}. */
  static ProcessCounters parse(String stat, String status) {
    // The name of the program stands in parentheses and may hold spaces and parentheses itself.
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    // Counted from the third field of proc(5): utime is the 14th, stime the 15th.
    long ticks = Long.parseLong(fields[14 - 3]) + Long.parseLong(fields[15 - 3]);
    return new ProcessCounters(
        ticks / TICKS_PER_SECOND, bytes(status, "VmRSS:"), bytes(status, "RssAnon:"));
  }

  private static long bytes(String status, String name) {
    String line =
        status
            .lines()
            .filter(candidate -> candidate.startsWith(name))
            .findFirst()
            .orElseThrow(() -> new IllegalStateException("no " + name + ", is it a zombie?"));
    return Long.parseLong(line.substring(name.length()).replace("kB", "").strip()) * 1024;
  }
}
