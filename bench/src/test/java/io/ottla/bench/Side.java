package io.ottla.bench;

import io.ottla.bench.BrokerKind.Home;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * One of the two that are compared: starts brokers of its kind in directories of their own.
 *
 * @param key {@code a} or {@code b}
 * @param overrides properties over the common ones
 */
public record Side(
    String key, BrokerKind kind, Map<String, String> overrides, Home home, Path workDirectory) {

  private static final int FORMAT_LIMIT_SECONDS = 60;

  /** The same with these properties too, where its own say nothing. */
  public Side withDefaults(Map<String, String> properties) {
    Map<String, String> all = new LinkedHashMap<>(properties);
    all.putAll(overrides);
    return new Side(key, kind, all, home, workDirectory);
  }

  /** Makes the files of a broker that has never run, formatted if its kind needs that. */
  public BrokerFiles freshFiles(String name) throws IOException {
    Path directory = workDirectory.resolve(name + "-" + key);
    delete(directory);
    int[] ports = freePorts(2);
    BrokerFiles files = BrokerFiles.create(directory, ports[0], ports[1], overrides);
    format(files, true);
    return files;
  }

  /**
   * Readies the directories of a broker that has never run, where its kind needs that.
   *
   * @param alone a node that is all there is of its cluster; otherwise the file names the voters
   */
  public void format(BrokerFiles files, boolean alone) throws IOException {
    for (List<String> command : kind.formatCommands(home, files, alone)) {
      try (ChildProcess format =
          ChildProcess.start(kind.label() + " format", command, home.javaHome(), files.output())) {
        format.requireSuccess(FORMAT_LIMIT_SECONDS);
      }
    }
  }

  public ChildProcess start(BrokerFiles files) throws IOException {
    return start(files, kind.label());
  }

  /** Starts a broker that messages call by this name. */
  public ChildProcess start(BrokerFiles files, String name) throws IOException {
    return ChildProcess.start(
        name, kind.startCommand(home, files), home.javaHome(), files.output());
  }

  /** Deletes a directory and all in it, if it exists. */
  public static void delete(Path directory) throws IOException {
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

  /** Ports that were free a moment ago; held together, so that they differ. */
  public static int[] freePorts(int count) throws IOException {
    InetAddress address = InetAddress.ofLiteral("127.0.0.1");
    List<ServerSocket> held = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        held.add(new ServerSocket(0, 1, address));
      }
      return held.stream().mapToInt(ServerSocket::getLocalPort).toArray();
    } finally {
      for (ServerSocket socket : held) {
        socket.close();
      }
    }
  }
}
