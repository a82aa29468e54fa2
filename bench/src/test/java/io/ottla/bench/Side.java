package io.ottla.bench;

import io.ottla.bench.BrokerKind.Home;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * One of the two that are compared: starts brokers of its kind in directories of their own.
 *
 * @param key {@code a} or {@code b}
 * @param overrides properties over the common ones
 */
record Side(
    String key, BrokerKind kind, Map<String, String> overrides, Home home, Path workDirectory) {

  private static final int FORMAT_LIMIT_SECONDS = 60;

  /** Makes the files of a broker that has never run, formatted if its kind needs that. */
  BrokerFiles freshFiles(String name) throws IOException {
    Path directory = workDirectory.resolve(name + "-" + key);
    delete(directory);
    int[] ports = freePorts();
    BrokerFiles files = BrokerFiles.create(directory, ports[0], ports[1], overrides);
    for (List<String> command : kind.formatCommands(home, files)) {
      try (ChildProcess format =
          ChildProcess.start(kind.label() + " format", command, home.javaHome(), files.output())) {
        format.requireSuccess(FORMAT_LIMIT_SECONDS);
      }
    }
    return files;
  }

  ChildProcess start(BrokerFiles files) throws IOException {
    return ChildProcess.start(
        kind.label(), kind.startCommand(home, files), home.javaHome(), files.output());
  }

  /** Deletes a directory and all in it, if it exists. */
  static void delete(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> tree = Files.walk(directory)) {
      for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** Two ports that were free a moment ago; held together, so that they differ. */
  private static int[] freePorts() throws IOException {
    InetAddress address = InetAddress.ofLiteral("127.0.0.1");
    try (ServerSocket first = new ServerSocket(0, 1, address);
        ServerSocket second = new ServerSocket(0, 1, address)) {
      return new int[] {first.getLocalPort(), second.getLocalPort()};
    }
  }
}
