package io.ottla.broker.storage;

import io.ottla.broker.config.InvalidBrokerConfigException;
import io.ottla.metadata.quorum.QuorumException;
import io.ottla.metadata.quorum.StorageFormat;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Tells what is in a node's log directories. Fails if something is the matter with them. */
@Command(
    name = "info",
    description = "Tells what is in the log directories of this node.",
    sortOptions = false)
final class InfoCommand implements Callable<Integer> {

  @Mixin private NodeFile nodeFile;
  @Spec private CommandSpec spec;

  private final List<Path> found = new ArrayList<>();
  private final List<String> problems = new ArrayList<>();
  private Map<String, String> first = Map.of();

  @Override
  public Integer call() throws InvalidBrokerConfigException {
    NodeFile.directories(nodeFile.read().logDirs()).forEach(this::look);
    PrintWriter out = spec.commandLine().getOut();
    if (!found.isEmpty()) {
      print(out, found.size() == 1 ? "Found log directory:" : "Found log directories:", found);
    }
    if (!first.isEmpty()) {
      out.println("Found metadata: " + first);
      out.println();
    }
    if (!problems.isEmpty()) {
      print(out, problems.size() == 1 ? "Found problem:" : "Found problems:", problems);
      return 1;
    }
    return 0;
  }

  private void look(Path directory) {
    if (!Files.isDirectory(directory)) {
      problems.add(
          directory + (Files.exists(directory) ? " is not a directory" : " does not exist"));
      return;
    }
    found.add(directory);
    try {
      Map<String, String> properties = StorageFormat.describe(directory);
      if (properties.isEmpty()) {
        problems.add(directory + " is not formatted.");
      } else if (first.isEmpty()) {
        first = properties;
      } else if (!properties.get("cluster.id").equals(first.get("cluster.id"))) {
        problems.add("Mismatched cluster IDs between storage directories.");
      } else if (!properties.get("node.id").equals(first.get("node.id"))) {
        problems.add("Mismatched node IDs between storage directories.");
      }
    } catch (QuorumException e) {
      problems.add(e.getMessage());
    }
  }

  private static void print(PrintWriter out, String title, List<?> lines) {
    out.println(title);
    lines.forEach(line -> out.println("  " + line));
    out.println();
  }
}
