package io.ottla.metadata.quorum;

import io.ottla.wire.Uuid;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/**
 * Makes log directories ready for a cluster before the first start, as an operator wants them. One
 * thread, while no broker runs on them.
 */
public final class StorageFormat {

  /** What a directory is for. */
  public enum Kind {
    DATA("data directory"),
    LISTED_VOTERS("metadata directory"),
    VOTER("dynamic metadata voter directory"),
    NO_VOTER("dynamic metadata directory");

    private final String description;

    Kind(String description) {
      this.description = description;
    }

    /** In Kafka's words. */
    public String description() {
      return description;
    }
  }

  /**
   * What is wanted.
   *
   * @param directories all of the node's, the metadata's among them
   * @param firstStart what the first start is to use
   * @param ignoreFormatted whether directories that are ready already are passed over; otherwise
   *     they are refused
   */
  public record Request(
      int nodeId,
      String clusterId,
      List<Path> directories,
      Path metadataDirectory,
      FirstStart firstStart,
      boolean ignoreFormatted) {

    public Request {
      directories = List.copyOf(directories);
    }
  }

  private StorageFormat() {}

  /**
   * Formats what is not formatted yet.
   *
   * @param ids makes directory ids
   * @param onDirectory told of each directory before it is formatted
   * @return how many were formatted
   * @throws QuorumException if that cannot be
   */
  public static int run(Request request, Supplier<Uuid> ids, BiConsumer<Path, Kind> onDirectory) {
    try {
      Map<Path, MetaProperties> found = look(request);
      List<Path> empty =
          request.directories().stream().filter(path -> found.get(path) == null).toList();
      // The metadata directory last: its file says that the node is formatted.
      List<Path> order = new ArrayList<>(empty);
      if (order.remove(request.metadataDirectory())) {
        order.add(request.metadataDirectory());
      }
      for (Path directory : order) {
        format(request, directory, ids, onDirectory);
      }
      return order.size();
    } catch (IOException e) {
      throw new QuorumException("the log directories cannot be formatted: " + e, e);
    }
  }

  private static Map<Path, MetaProperties> look(Request request) throws IOException {
    Map<Path, MetaProperties> found = new LinkedHashMap<>();
    for (Path directory : request.directories()) {
      MetaProperties properties = Files.exists(directory) ? MetaProperties.read(directory) : null;
      found.put(directory, properties);
      if (properties == null) {
        continue;
      }
      if (!request.ignoreFormatted()) {
        throw new QuorumException(
            "Log directory "
                + directory
                + " is already formatted. Use --ignore-formatted to ignore this directory and"
                + " format the others.");
      }
      if (!properties.clusterId().equals(request.clusterId())) {
        throw new QuorumException(
            "Invalid cluster.id in: "
                + directory.resolve(MetaProperties.FILE_NAME)
                + ". Expected "
                + request.clusterId()
                + ", but read "
                + properties.clusterId());
      }
      if (properties.nodeId() != request.nodeId()) {
        throw new QuorumException(
            "Stored node id "
                + properties.nodeId()
                + " doesn't match previous node id "
                + request.nodeId()
                + " in "
                + directory.resolve(MetaProperties.FILE_NAME)
                + ". Correct node.id or log.dirs");
      }
    }
    return found;
  }

  private static void format(
      Request request, Path directory, Supplier<Uuid> ids, BiConsumer<Path, Kind> onDirectory)
      throws IOException {
    boolean metadata = directory.equals(request.metadataDirectory());
    Optional<Voter> voter =
        metadata
            ? request.firstStart().voters().stream()
                .flatMap(List::stream)
                .filter(first -> first.nodeId() == request.nodeId())
                .findFirst()
            : Optional.empty();
    onDirectory.accept(directory, kind(request, metadata, voter.isPresent()));
    Files.createDirectories(directory);
    if (metadata) {
      request.firstStart().write(directory);
    }
    new MetaProperties(
            request.clusterId(), request.nodeId(), voter.map(Voter::directoryId).orElseGet(ids))
        .write(directory);
  }

  private static Kind kind(Request request, boolean metadata, boolean voter) {
    if (!metadata) {
      return Kind.DATA;
    }
    if (request.firstStart().voters().isEmpty()) {
      return Kind.LISTED_VOTERS;
    }
    return voter ? Kind.VOTER : Kind.NO_VOTER;
  }

  /**
   * What a directory says of itself, key by key in order; empty if it is not formatted.
   *
   * @throws QuorumException if its file cannot be used
   */
  public static Map<String, String> describe(Path directory) {
    try {
      MetaProperties properties = MetaProperties.read(directory);
      return properties == null ? Map.of() : properties.toMap();
    } catch (IOException e) {
      throw new QuorumException(directory + " cannot be read: " + e, e);
    }
  }
}
