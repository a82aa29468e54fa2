package io.ottla.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
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

  /**
   * CPU time since the start of a JVM that its compilers have used, in seconds; without that of
   * compiler threads which have ended.
   *
   * @throws IllegalStateException if there is no such process
   */
  public static double compilerCpuSeconds(long pid) throws IOException {
    long ticks = 0;
    try (DirectoryStream<Path> threads =
        Files.newDirectoryStream(Path.of("/proc", Long.toString(pid), "task"))) {
      for (Path thread : threads) {
        try {
          String stat = Files.readString(thread.resolve("stat"), StandardCharsets.ISO_8859_1);
          ticks += isCompiler(stat) ? ticks(stat) : 0;
        } catch (NoSuchFileException e) {
          // It has just ended.
        }
      }
    } catch (NoSuchFileException e) {
      throw new IllegalStateException("no process " + pid, e);
    }
    return ticks / TICKS_PER_SECOND;
  }

  /** Whether a thread's {@code stat} has the name, cut short, of one of HotSpot's compilers. */
  static boolean isCompiler(String stat) {
    return stat.contains("(C1 Compiler") || stat.contains("(C2 Compiler");
  }

  /** Reads the text of {@code /proc/<pid>/stat} and {@code /proc/<pid>/status}. */
  static ProcessCounters parse(String stat, String status) {
    return new ProcessCounters(
        ticks(stat) / TICKS_PER_SECOND, bytes(status, "VmRSS:"), bytes(status, "RssAnon:"));
  }

  private static long ticks(String stat) {
    // The name of the program stands in parentheses and may hold spaces and parentheses itself.
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    // Counted from the third field of proc(5): utime is the 14th, stime the 15th.
    return Long.parseLong(fields[14 - 3]) + Long.parseLong(fields[15 - 3]);
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
