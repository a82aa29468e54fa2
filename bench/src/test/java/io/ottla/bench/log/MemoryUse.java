package io.ottla.bench.log;

import static io.ottla.bench.Metric.Better.LOWER;

import io.ottla.bench.Metric;
import io.ottla.bench.Sample;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What a process has in memory, in bytes. Pages of mapped files are in {@code resident} though the
 * page cache would hold them anyway; {@code anonymous} is what the process alone is to blame for.
 *
 * @param resident all pages, each counted in full
 * @param anonymous of those, what no file backs: heap, stacks, code
 * @param files of those, mapped files
 * @param share all pages, those of several processes counted in part (PSS)
 */
record MemoryUse(long resident, long anonymous, long files, long share) {

  static MemoryUse of(long pid) throws IOException {
    Path process = Path.of("/proc", Long.toString(pid));
    return parse(
        Files.readString(process.resolve("status")),
        Files.readString(process.resolve("smaps_rollup")));
  }

  /** Reads the text of {@code /proc/<pid>/status} and {@code /proc/<pid>/smaps_rollup}. */
  static MemoryUse parse(String status, String rollup) {
    return new MemoryUse(
        bytes(status, "VmRSS:"),
        bytes(status, "RssAnon:"),
        bytes(status, "RssFile:"),
        bytes(rollup, "Pss:"));
  }

  private static long bytes(String text, String name) {
    return text.lines()
            .filter(line -> line.startsWith(name))
            .map(line -> line.substring(name.length()).replace("kB", "").strip())
            .mapToLong(Long::parseLong)
            .findFirst()
            .orElseThrow(() -> new IllegalStateException("no " + name + ", is it a zombie?"))
        * 1024;
  }

  static Metric resident(String group, String when) {
    return metric(group, "resident memory " + when);
  }

  List<Sample> samples(String group, String when) {
    return List.of(
        resident(group, when).of(resident / 1e6),
        metric(group, "of that anonymous, " + when).of(anonymous / 1e6),
        metric(group, "of that mapped files, " + when).of(files / 1e6),
        metric(group, "proportional share (PSS), " + when).of(share / 1e6));
  }

  private static Metric metric(String group, String name) {
    return new Metric(group, name, "MB", LOWER);
  }
}
