package io.ottla.metadata.quorum;

import io.ottla.metadata.config.HostPort;
import io.ottla.wire.Uuid;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Guards the log directories before anything is read or written in them: a directory of another
 * cluster or node, a volume that is not mounted, or metadata that has gone, is refused with a
 * message that says what, where and what to do. An empty set of directories is made ready by
 * itself, where the configuration leaves nothing to guess: for the only controller, and for a node
 * with the voters listed. All nodes of such a cluster find the same cluster id by themselves; a
 * mere broker asks the controllers.
 *
 * <p>Why this is not left to Ratis: it makes an empty metadata directory ready without a word, so
 * that a voter whose disk is gone would come back with an empty cluster.
 *
 * <pre>
 *  log dir/
 *    meta.properties          Kafka's: cluster.id, node.id, directory.id
 *    ottla-metadata.formatted there once the metadata log was begun
 *    ottla-first-start.properties   in the metadata log dir only: what format chose
 *    __cluster_metadata-1/    in the metadata log dir only: Ratis' storage
 * </pre>
 *
 * <p>The name {@code __cluster_metadata-1} is one that a stock Kafka on the same directories passes
 * over: it takes it for a partition of its own metadata topic, of which it opens partition 0 only,
 * whereas any name that is not a partition's would stop its start. No topic can have that name.
 */
public final class MetadataStorage {

  /** The directory of the metadata log, in the metadata log dir. */
  public static final String DIRECTORY_NAME = "__cluster_metadata-1";

  private static final String MARKER_NAME = "ottla-metadata.formatted";
  private static final Pattern PARTITION_DIRECTORY = Pattern.compile(".+-\\d+");
  private static final String METADATA_PREFIX = "__cluster_metadata-";

  private final Map<Path, MetaProperties> properties;
  private final Settings settings;
  private final FirstStart firstStart;
  private final String clusterId;

  private MetadataStorage(
      Settings settings,
      Map<Path, MetaProperties> properties,
      FirstStart firstStart,
      String clusterId) {
    this.settings = settings;
    this.properties = properties;
    this.firstStart = firstStart;
    this.clusterId = clusterId;
  }

  /**
   * What the configuration says.
   *
   * @param nodeId this node
   * @param clusterId the cluster, if the configuration names it; else null
   * @param logDirs the log directories
   * @param metadataLogDir where the metadata is; often one of the log directories
   * @param place whether and with whom it keeps the metadata
   * @param takesOver whether there is metadata of Kafka's to begin with
   */
  public record Settings(
      int nodeId,
      String clusterId,
      List<Path> logDirs,
      Path metadataLogDir,
      QuorumPlace place,
      boolean takesOver) {
    public Settings {
      logDirs = List.copyOf(logDirs);
    }

    /** Of a node with nothing but its own metadata. */
    public Settings(
        int nodeId, String clusterId, List<Path> logDirs, Path metadataLogDir, QuorumPlace place) {
      this(nodeId, clusterId, logDirs, metadataLogDir, place, false);
    }

    /** Of the only controller. */
    public Settings(int nodeId, String clusterId, List<Path> logDirs, Path metadataLogDir) {
      this(nodeId, clusterId, logDirs, metadataLogDir, QuorumPlace.ALONE);
    }
  }

  /**
   * Checks the directories, and makes new ones ready.
   *
   * @param ids makes ids for new directories and clusters
   * @throws QuorumException if this node must not start on them
   */
  public static MetadataStorage open(Settings settings, Supplier<Uuid> ids) {
    return open(settings, ids, Optional::empty);
  }

  /**
   * Checks the directories, and makes new ones ready.
   *
   * @param ids makes ids for new directories and clusters
   * @param controllers asked for the id of their cluster when a mere broker does not know it; may
   *     take its time
   * @throws QuorumException if this node must not start on them
   */
  public static MetadataStorage open(
      Settings settings, Supplier<Uuid> ids, Supplier<Optional<String>> controllers) {
    try {
      return new Opening(settings, ids, controllers).open();
    } catch (IOException e) {
      throw new QuorumException("the log directories cannot be read or made ready: " + e, e);
    }
  }

  /** Whether a controller of Ottla's has begun its metadata here. */
  public static boolean isMarked(Path metadataLogDir) {
    return Files.exists(metadataLogDir.resolve(MARKER_NAME));
  }

  public String clusterId() {
    return clusterId;
  }

  /** The id of each log directory. */
  public Map<Path, Uuid> directoryIds() {
    Map<Path, Uuid> ids = new LinkedHashMap<>();
    properties.forEach((directory, found) -> ids.put(directory, found.directoryId()));
    return ids;
  }

  /** Where the metadata log lives; nothing is there on a mere broker. */
  public Path metadataDirectory() {
    return settings.metadataLogDir().resolve(DIRECTORY_NAME);
  }

  /**
   * This node as a voter.
   *
   * @param address its controller listener, as the others reach it
   */
  public Voter self(HostPort address) {
    return new Voter(
        settings.nodeId(), properties.get(settings.metadataLogDir()).directoryId(), address);
  }

  /**
   * Who votes as long as the log is empty, for {@link RatisQuorum.Settings}. Nobody, on a node that
   * waits to be added.
   *
   * @param self this node
   */
  public List<Voter> firstVoters(Voter self) {
    return firstStart
        .voters()
        .orElseGet(
            () ->
                settings.place().known() == QuorumPlace.Known.ALONE
                    ? List.of(self)
                    : settings.place().listed());
  }

  /** The levels a new cluster begins with; empty if nobody chose them. */
  public Map<String, Short> firstFeatures() {
    return firstStart.features();
  }

  /**
   * Notes that the metadata log was begun. To be called when the first command was applied, before
   * anybody is served: from then on a missing metadata log is a loss, and not a first start.
   */
  public void markFormatted() {
    if (!settings.place().controller()) {
      return;
    }
    try {
      for (Path directory : properties.keySet()) {
        Path marker = directory.resolve(MARKER_NAME);
        if (!Files.exists(marker)) {
          MetaProperties.writeAtomically(marker, "version=1\ncluster.id=" + clusterId + "\n");
        }
      }
    } catch (IOException e) {
      throw new QuorumException("the log directories cannot be marked as in use: " + e, e);
    }
  }

  /** One opening: what was found, and what is to be done about it. */
  private static final class Opening {

    private final Settings settings;
    private final Supplier<Uuid> ids;
    private final Supplier<Optional<String>> controllers;
    private final Map<Path, MetaProperties> found = new LinkedHashMap<>();

    Opening(Settings settings, Supplier<Uuid> ids, Supplier<Optional<String>> controllers) {
      this.settings = settings;
      this.ids = ids;
      this.controllers = controllers;
    }

    MetadataStorage open() throws IOException {
      // The metadata log dir first: when a first start is cut short, its file is there and says so.
      look(settings.metadataLogDir());
      for (Path directory : settings.logDirs()) {
        look(directory);
      }
      String clusterId = agreedClusterId();
      checkNodeIds();
      checkDirectoryIds();
      FirstStart firstStart = FirstStart.read(settings.metadataLogDir());
      if (settings.place().controller()) {
        checkMetadata(settings.metadataLogDir().resolve(DIRECTORY_NAME), clusterId);
        checkFirstVoters(clusterId, firstStart);
      }
      String chosen = clusterId != null ? clusterId : newClusterId();
      return new MetadataStorage(settings, completed(chosen), firstStart, chosen);
    }

    /** A node that finds the others by asking cannot guess who begins the cluster. */
    private void checkFirstVoters(String clusterId, FirstStart firstStart) {
      if (settings.place().known() == QuorumPlace.Known.ASKED
          && firstStart.voters().isEmpty()
          && !isBegun(settings.metadataLogDir().resolve(DIRECTORY_NAME), clusterId)) {
        throw unformatted(
            "this controller is to find the others by controller.quorum.bootstrap.servers, and was"
                + " not told who votes first",
            " with --standalone, --initial-controllers or --no-initial-controllers");
      }
    }

    private QuorumException unformatted(String why, String options) {
      return new QuorumException(
          why
              + ": format "
              + settings.metadataLogDir()
              + " with bin/ottla-storage.sh format -t <cluster id> -c <properties file>"
              + options);
    }

    private void look(Path directory) throws IOException {
      if (!found.containsKey(directory)) {
        Files.createDirectories(directory);
        found.put(directory, MetaProperties.read(directory));
      }
    }

    /** Null when no directory names a cluster. */
    private String agreedClusterId() {
      String agreed = null;
      Path witness = null;
      for (Map.Entry<Path, MetaProperties> entry : found.entrySet()) {
        if (entry.getValue() == null) {
          continue;
        }
        String clusterId = entry.getValue().clusterId();
        if (agreed != null && !agreed.equals(clusterId)) {
          throw new QuorumException(
              witness
                  + " belongs to cluster '"
                  + agreed
                  + "', but "
                  + entry.getKey()
                  + " to cluster '"
                  + clusterId
                  + "'. Correct log.dirs, or mount the right volumes");
        }
        agreed = clusterId;
        witness = entry.getKey();
      }
      if (agreed != null && settings.clusterId() != null && !agreed.equals(settings.clusterId())) {
        throw new QuorumException(
            witness
                + " belongs to cluster '"
                + agreed
                + "', but the configuration says cluster.id="
                + settings.clusterId()
                + ". Correct cluster.id or log.dirs");
      }
      return agreed;
    }

    private void checkNodeIds() {
      found.forEach(
          (directory, properties) -> {
            if (properties != null && properties.nodeId() != settings.nodeId()) {
              throw new QuorumException(
                  directory
                      + " belongs to node "
                      + properties.nodeId()
                      + ", but the configuration says node.id="
                      + settings.nodeId()
                      + ". Correct node.id or log.dirs");
            }
          });
    }

    private void checkDirectoryIds() {
      Map<Uuid, Path> byId = new HashMap<>();
      found.forEach(
          (directory, properties) -> {
            if (properties == null || properties.directoryId().isZero()) {
              return;
            }
            Path other = byId.put(properties.directoryId(), directory);
            if (other != null) {
              throw new QuorumException(
                  other
                      + " and "
                      + directory
                      + " have the same directory.id: one is a copy of the other. Correct log.dirs,"
                      + " or delete the line directory.id from the copy's "
                      + MetaProperties.FILE_NAME);
            }
          });
    }

    private void checkMetadata(Path metadata, String clusterId) throws IOException {
      if (Files.exists(metadata)) {
        checkOwned(metadata, clusterId);
      }
      Path marked = firstMarked();
      boolean begun = isBegun(metadata, clusterId);
      if (begun && (marked == null || holdsCommands(metadata, clusterId))) {
        return;
      }
      if (marked != null) {
        throw new QuorumException(
            marked
                + " says that this node has metadata in "
                + metadata
                + ", but none is there. Mount the volume it is on, correct metadata.log.dir, or"
                + " restore it from a copy. Deleting "
                + MARKER_NAME
                + " from the log dirs starts an empty cluster");
      }
      Path partition = firstPartition();
      if (partition != null
          && !settings.takesOver()
          && settings.place().known() != QuorumPlace.Known.ASKED) {
        throw new QuorumException(
            partition
                + " holds records, but this node has no metadata in "
                + metadata
                + " that knows them. Mount the volume the metadata is on, or choose other log"
                + " dirs. Nothing was changed");
      }
      if (clusterId != null && found.get(settings.metadataLogDir()) == null) {
        throw new QuorumException(
            "the metadata log dir "
                + settings.metadataLogDir()
                + " is empty, but other log dirs belong to cluster '"
                + clusterId
                + "'. Mount the volume the metadata is on, or correct metadata.log.dir");
      }
    }

    private void checkOwned(Path metadata, String clusterId) throws IOException {
      if (found.get(settings.metadataLogDir()) == null) {
        throw new QuorumException(
            metadata
                + " holds metadata, but "
                + settings.metadataLogDir()
                + " has no "
                + MetaProperties.FILE_NAME
                + " that says whose. Put that file back; it may be copied from another log dir of"
                + " this node, but for its line directory.id");
      }
      String own = RatisQuorum.groupUuid(clusterId).toString();
      try (Stream<Path> children = Files.list(metadata)) {
        for (Path child : children.toList()) {
          if (Files.isDirectory(child) && !child.getFileName().toString().equals(own)) {
            throw new QuorumException(
                child
                    + " is not the metadata of cluster '"
                    + clusterId
                    + "'. Put back the "
                    + MetaProperties.FILE_NAME
                    + " that belongs to it, or move it away");
          }
        }
      }
    }

    private static Path groupDirectory(Path metadata, String clusterId) {
      return metadata.resolve(RatisQuorum.groupUuid(clusterId).toString());
    }

    private static boolean isBegun(Path metadata, String clusterId) {
      return clusterId != null
          && Files.exists(
              groupDirectory(metadata, clusterId).resolve("current").resolve("raft-meta"));
    }

    /** A log was begun, and there is more of it than a vote: a segment or a snapshot. */
    private static boolean holdsCommands(Path metadata, String clusterId) throws IOException {
      try (Stream<Path> files = Files.walk(groupDirectory(metadata, clusterId))) {
        return files
            .map(file -> file.getFileName().toString())
            .anyMatch(name -> name.startsWith("log_") || name.startsWith("snapshot."));
      }
    }

    private Path firstMarked() {
      for (Path directory : found.keySet()) {
        if (Files.exists(directory.resolve(MARKER_NAME))) {
          return directory;
        }
      }
      return null;
    }

    private Path firstPartition() throws IOException {
      for (Path directory : found.keySet()) {
        try (Stream<Path> children = Files.list(directory)) {
          for (Path child : children.toList()) {
            String name = child.getFileName().toString();
            if (PARTITION_DIRECTORY.matcher(name).matches()
                && !name.startsWith(METADATA_PREFIX)
                && Files.isDirectory(child)) {
              return child;
            }
          }
        }
      }
      return null;
    }

    private String newClusterId() {
      if (settings.clusterId() != null) {
        return settings.clusterId();
      }
      if (settings.place().known() == QuorumPlace.Known.ALONE) {
        return ids.get().toString();
      }
      Optional<String> told = settings.place().controller() ? Optional.empty() : controllers.get();
      return told.or(settings.place()::impliedClusterId)
          .orElseThrow(
              () -> unformatted("this node does not know its cluster", ", the id being theirs"));
    }

    /** Writes what is missing: all of it on a first start, one file for a new disk. */
    private Map<Path, MetaProperties> completed(String clusterId) throws IOException {
      Map<Path, MetaProperties> complete = new LinkedHashMap<>();
      for (Map.Entry<Path, MetaProperties> entry : found.entrySet()) {
        MetaProperties properties = entry.getValue();
        if (properties == null || properties.directoryId().isZero()) {
          properties = new MetaProperties(clusterId, settings.nodeId(), ids.get());
          properties.write(entry.getKey());
        }
        complete.put(entry.getKey(), properties);
      }
      return complete;
    }
  }
}
