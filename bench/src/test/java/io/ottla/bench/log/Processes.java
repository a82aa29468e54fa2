package io.ottla.bench.log;

import io.ottla.bench.ChildProcess;
import io.ottla.bench.ProcessCounters;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What there is to know of a broker's process. */
final class Processes {

  private Processes() {}

  /** User and system time since its start. */
  static double cpuSeconds(ChildProcess broker) throws IOException {
    broker.requireAlive();
    return ProcessCounters.of(broker.pid()).cpuSeconds();
  }

  /** The heap and the collector that its start script gave it. */
  static String memoryFlags(ChildProcess broker) throws IOException {
    broker.requireAlive();
    Path commandLine = Path.of("/proc", Long.toString(broker.pid()), "cmdline");
    return memoryFlags(Files.readString(commandLine, StandardCharsets.ISO_8859_1));
  }

  /** Picks them from a command line whose arguments end with a zero each. */
  static String memoryFlags(String commandLine) {
    return Stream.of(commandLine.split("\0", -1))
        .filter(argument -> argument.matches("-Xm[sx].*|-XX:\\+Use\\w+GC|-XX:MaxDirectMemory.*"))
        .collect(Collectors.joining(" "));
  }

  /** The most files that one of them may have open. */
  static String openFilesLimit() throws IOException {
    return Files.readString(Path.of("/proc/self/limits"))
        .lines()
        .filter(line -> line.startsWith("Max open files"))
        .map(line -> line.substring("Max open files".length()).strip().split("\\s+", -1)[1])
        .findFirst()
        .orElse("unknown");
  }
}
