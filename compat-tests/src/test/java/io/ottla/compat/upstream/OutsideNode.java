package io.ottla.compat.upstream;

import io.ottla.compat.broker.BrokerConfig;
import io.ottla.compat.broker.BrokerProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** One node of a cluster, over all its runs. The test's threads may all use it. */
final class OutsideNode {
  private final int id;
  private final boolean controller;
  private final int controllerPort;
  private final BrokerConfig config;
  private final Map<String, String> properties;
  private BrokerProcess process;

  /**
   * @param controllerPort where its controller listens, or -1 if it has none
   * @param properties what the configuration was made of
   */
  OutsideNode(int id, int controllerPort, BrokerConfig config, Map<String, String> properties) {
    this.id = id;
    this.controller = controllerPort != -1;
    this.controllerPort = controllerPort;
    this.config = config;
    this.properties = Map.copyOf(properties);
  }

  int id() {
    return id;
  }

  boolean isController() {
    return controller;
  }

  boolean isBroker() {
    return properties.get("process.roles").contains("broker");
  }

  /** Where its broker listens; its controller, if it is none. */
  int port() {
    return config.port();
  }

  int controllerPort() {
    return controllerPort;
  }

  Map<String, String> properties() {
    return properties;
  }

  List<Path> logDirectories() {
    return config.logDirectories();
  }

  Path outputFile() {
    return config.outputFile();
  }

  synchronized boolean isAlive() {
    return process != null && process.isAlive();
  }

  synchronized void launch() throws IOException {
    if (!isAlive()) {
      process = BrokerProcess.launch(config);
    }
  }

  synchronized void awaitServing() throws InterruptedException {
    if (isBroker()) {
      process.awaitReady();
    } else {
      process.awaitListening();
    }
  }

  synchronized void stop() throws InterruptedException {
    if (isAlive()) {
      process.stop();
    }
  }

  synchronized void kill() throws InterruptedException {
    if (process != null) {
      process.kill();
    }
  }

  synchronized String tail() {
    return process == null ? "" : process.tail();
  }
}
