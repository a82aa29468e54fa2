package io.ottla.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** What a reader must know of the machine to weigh the figures. */
final class Machine {

  private Machine() {}

  static Map<String, String> describe(Path root, Path directory) throws IOException {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("processor", cpuModel());
    facts.put("cores", Integer.toString(Runtime.getRuntime().availableProcessors()));
    facts.put(
        "memory",
        String.format(Locale.ROOT, "%.1f GiB", field("/proc/meminfo", "MemTotal") / 1048576.0));
    facts.put("kernel", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    facts.put("file system of the data", Files.getFileStore(directory).type());
    facts.put(
        "JDK", System.getProperty("java.vendor") + " " + System.getProperty("java.vm.version"));
    facts.put("commit", commit(root));
    return facts;
  }

  /** The load average over the last minute: above the cores, others were at work too. */
  static double loadAverage() {
    return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
  }

  private static String cpuModel() throws IOException {
    return Files.readString(Path.of("/proc/cpuinfo"))
        .lines()
        .filter(line -> line.startsWith("model name"))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElse(System.getProperty("os.arch"));
  }

  private static long field(String file, String name) throws IOException {
    return Files.readString(Path.of(file))
        .lines()
        .filter(line -> line.startsWith(name + ":"))
        .map(line -> line.replaceAll("\\D", ""))
        .mapToLong(Long::parseLong)
        .findFirst()
        .orElseThrow();
  }

  private static String commit(Path root) throws IOException {
    Process git =
        new ProcessBuilder("git", "describe", "--always", "--dirty", "--exclude=*")
            .directory(root.toFile())
            .redirectErrorStream(true)
            .start();
    String answer = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    try {
      return git.waitFor(10, TimeUnit.SECONDS) && git.exitValue() == 0 ? answer : "unknown";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "unknown";
    }
  }
}
