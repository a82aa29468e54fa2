package io.ottla.compat.cluster;

import io.ottla.compat.broker.BrokerConfig;
import io.ottla.compat.broker.BrokerProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * One node of a cluster over all its runs: its configuration, and the process that is or was its
 * last.
 */
public final class ClusterNode {
  private final int id;
  private final int clientPort;
  private BrokerConfig config;
  private volatile BrokerProcess process;

  ClusterNode(int id, int clientPort, BrokerConfig config) {
    this.id = id;
    this.clientPort = clientPort;
    this.config = config;
  }

  public int id() {
    return id;
  }

  /** Where clients are told to connect: the proxy, in a cluster that has them. */
  public int clientPort() {
    return clientPort;
  }

  /** Where it listens itself. */
  public int directPort() {
    return config.port();
  }

  /** Where its controller listens itself, or -1 if it has none. */
  public int controllerPort() {
    for (String listener : config.property("listeners").split(",")) {
      if (listener.startsWith("CONTROLLER://")) {
        return Integer.parseInt(listener.substring(listener.lastIndexOf(':') + 1));
      }
    }
    return -1;
  }

  public BrokerConfig config() {
    return config;
  }

  /** What the next start uses. */
  public void reconfigure(BrokerConfig changed) {
    config = changed;
  }

  public boolean isBroker() {
    return config.property("process.roles").contains("broker");
  }

  /** The process, or the last one there was; null before the first start. */
  public BrokerProcess process() {
    return process;
  }

  /** The id of the running process, or -1. */
  public long pid() {
    BrokerProcess current = process;
    return current != null && current.isAlive() ? current.pid() : -1;
  }

  public boolean isAlive() {
    return pid() != -1;
  }

  public boolean isPaused() {
    return isAlive() && process.isPaused();
  }

  /** Starts the process and returns at once. */
  public void launch() throws IOException {
    process = BrokerProcess.launch(config);
  }

  /** Starts the process and waits until it answers. */
  public void start() throws Exception {
    launch();
    awaitReady();
  }

  /** Waits until it serves: a broker that it answers, a controller that it listens. */
  public void awaitReady() throws InterruptedException {
    if (isBroker()) {
      process.awaitReady();
    } else {
      process.awaitListening();
    }
  }

  public void kill() throws InterruptedException {
    process.kill();
  }

  public void pause() throws IOException, InterruptedException {
    process.pause();
  }

  public void resume() throws IOException, InterruptedException {
    process.resume();
  }

  public void stop() throws InterruptedException {
    process.stop();
  }

  /** How much it has printed so far; where {@link #outputSince} begins. */
  public long outputPosition() throws IOException {
    Path file = config.outputFile();
    return Files.exists(file) ? Files.size(file) : 0;
  }

  /** The lines it has printed since a position. */
  public List<String> outputSince(long position) throws IOException {
    byte[] all = Files.readAllBytes(config.outputFile());
    int from = (int) Math.min(position, all.length);
    return new String(all, from, all.length - from, StandardCharsets.UTF_8).lines().toList();
  }

  /** The directory of this node's replica of a partition. */
  public Path replica(String topic, int partition) {
    String name = topic + "-" + partition;
    return config.logDirectories().stream()
        .map(directory -> directory.resolve(name))
        .filter(Files::isDirectory)
        .findFirst()
        .orElse(config.logDirectories().getFirst().resolve(name));
  }

  @Override
  public String toString() {
    return "node " + id;
  }
}
