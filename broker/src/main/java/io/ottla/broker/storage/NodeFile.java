package io.ottla.broker.storage;

import io.ottla.broker.config.BrokerConfig;
import io.ottla.broker.config.InvalidBrokerConfigException;
import io.ottla.broker.config.LogDirsConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import picocli.CommandLine.Option;

/** The option that names a node's properties file. */
final class NodeFile {

  @Option(
      names = {"--config", "-c"},
      required = true,
      paramLabel = "FILE",
      description = "the node's properties file")
  private Path file;

  BrokerConfig read() throws InvalidBrokerConfigException {
    if (!Files.isRegularFile(file)) {
      throw new StorageToolException("There is no file " + file);
    }
    // Relative log directories must be the same ones the broker will take them for.
    Path home = Path.of(System.getProperty("ottla.home", ""));
    return BrokerConfig.load(file, List.of(), home.toAbsolutePath());
  }

  /** All directories of the node, in order. */
  static SortedSet<Path> directories(LogDirsConfig config) {
    SortedSet<Path> directories = new TreeSet<>(config.dirs());
    directories.add(config.metadataDir());
    return directories;
  }
}
