package io.ottla.metadata.quorum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.wire.Uuid;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetadataStorageTest {

  @TempDir Path temporary;
  private Path first;
  private Path second;

  @BeforeEach
  void chooseDirectories() {
    first = temporary.resolve("first");
    second = temporary.resolve("second");
  }

  @Test
  void makesEmptyDirectoriesReadyInKafkasFormat() throws IOException {
    MetadataStorage storage = open();
    Map<String, String> properties = properties(first);
    assertThat(properties)
        .containsEntry("version", "1")
        .containsEntry("cluster.id", storage.clusterId())
        .containsEntry("node.id", "1")
        .containsEntry("directory.id", storage.directoryIds().get(first).toString());
    assertThat(Uuid.parse(storage.clusterId())).isNotEqualTo(Uuid.ZERO);
    assertThat(storage.directoryIds()).containsOnlyKeys(first, second);
    assertThat(storage.directoryIds().get(first)).isNotEqualTo(storage.directoryIds().get(second));
  }

  @Test
  void findsWhatItWrote() {
    MetadataStorage before = open();
    MetadataStorage after = open();
    assertThat(after.clusterId()).isEqualTo(before.clusterId());
    assertThat(after.directoryIds()).isEqualTo(before.directoryIds());
  }

  @Test
  void takesTheConfiguredClusterId() {
    assertThat(open("mine", 1).clusterId()).isEqualTo("mine");
  }

  @Test
  void takesOverWhatStockToolsFormatted() throws IOException {
    Files.createDirectories(first.resolve("__cluster_metadata-0"));
    write(first, "version=1", "cluster.id=theirs", "node.id=1", "unknown.key=x");
    MetadataStorage storage = open();
    assertThat(storage.clusterId()).isEqualTo("theirs");
    assertThat(storage.directoryIds().get(first)).isNotEqualTo(Uuid.ZERO);
    assertThat(properties(first)).containsKey("directory.id");
  }

  @Test
  void acceptsANewDiskBesideTheOthers() throws IOException {
    begin(open());
    deleteAll(second);
    assertThat(open().directoryIds()).containsOnlyKeys(first, second);
  }

  @Test
  void finishesAFirstStartThatWasCutShort() throws IOException {
    MetadataStorage storage = open();
    Files.delete(second.resolve("meta.properties"));
    assertThat(open().clusterId()).isEqualTo(storage.clusterId());
    // The log was begun, but not marked yet.
    Files.createDirectories(raftDirectory(storage).resolve("current"));
    assertThat(open().clusterId()).isEqualTo(storage.clusterId());
    Files.createFile(raftDirectory(storage).resolve("current/raft-meta"));
    assertThat(open().clusterId()).isEqualTo(storage.clusterId());
  }

  @Test
  void refusesWhenTheMetadataIsGone() throws IOException {
    begin(open());
    deleteAll(first.resolve(MetadataStorage.DIRECTORY_NAME));
    assertRefused("has metadata in", "but none is there");
  }

  @Test
  void refusesWhenAllOfTheLogIsGoneButTheVote() throws IOException {
    MetadataStorage storage = open();
    begin(storage);
    Files.delete(raftDirectory(storage).resolve("current/log_inprogress_0"));
    assertRefused("has metadata in", "but none is there");
  }

  @Test
  void refusesWhenTheVolumeOfTheMetadataIsNotMounted() throws IOException {
    begin(open());
    deleteAll(first);
    assertRefused(second.toString(), "but none is there");
    // Even if the marker is lost too.
    Files.delete(second.resolve("ottla-metadata.formatted"));
    assertRefused(first.toString(), "is empty");
  }

  @Test
  void refusesRecordsWithoutMetadata() throws IOException {
    Files.createDirectories(second.resolve("orders-0"));
    assertRefused("orders-0", "holds records");
  }

  @Test
  void refusesMetadataWithoutAnOwner() throws IOException {
    begin(open());
    Files.delete(first.resolve("meta.properties"));
    assertRefused("holds metadata", "no meta.properties");
  }

  @Test
  void refusesTheMetadataOfAnotherCluster() throws IOException {
    begin(open());
    for (Path directory : List.of(first, second)) {
      write(directory, "version=1", "cluster.id=other", "node.id=1");
    }
    assertRefused("is not the metadata of cluster 'other'");
  }

  @Test
  void refusesDirectoriesOfTwoClusters() throws IOException {
    write(first, "version=1", "cluster.id=one", "node.id=1");
    write(second, "version=1", "cluster.id=two", "node.id=1");
    assertRefused("'one'", "'two'", "log.dirs");
  }

  @Test
  void refusesAClusterIdThatIsNotTheConfigured() {
    open("mine", 1);
    assertThatThrownBy(() -> open("yours", 1))
        .isInstanceOf(QuorumException.class)
        .hasMessageContaining("'mine'")
        .hasMessageContaining("cluster.id=yours");
  }

  @Test
  void refusesTheDirectoryOfAnotherNode() {
    open(null, 1);
    assertThatThrownBy(() -> open(null, 2))
        .isInstanceOf(QuorumException.class)
        .hasMessageContaining("node 1")
        .hasMessageContaining("node.id=2");
  }

  @Test
  void refusesADirectoryThatIsACopyOfAnother() throws IOException {
    open();
    Files.delete(second.resolve("meta.properties"));
    Files.copy(first.resolve("meta.properties"), second.resolve("meta.properties"));
    assertRefused(first.toString(), second.toString(), "directory.id");
  }

  @Test
  void refusesAFileItCannotRead() throws IOException {
    write(first, "version=7", "cluster.id=c", "node.id=1");
    assertRefused("meta.properties", "version is 7");
    write(first, "version=1", "cluster.id=c");
    assertRefused("meta.properties", "node.id");
    write(first, "version=1", "cluster.id=c", "node.id=one");
    assertRefused("meta.properties", "one");
    write(first, "version=1", "cluster.id=c", "node.id=1", "directory.id=short");
    assertRefused("meta.properties", "short");
  }

  @Test
  void changesNothingWhenItRefuses() throws IOException {
    Files.createDirectories(second.resolve("orders-0"));
    assertRefused("holds records");
    assertThat(first).isEmptyDirectory();
    assertThat(second.resolve("meta.properties")).doesNotExist();
  }

  private void assertRefused(String... parts) {
    assertThatThrownBy(this::open)
        .isInstanceOf(QuorumException.class)
        .hasMessageContainingAll(parts);
  }

  private MetadataStorage open() {
    return open(null, 1);
  }

  private MetadataStorage open(String clusterId, int nodeId) {
    return MetadataStorage.open(
        new MetadataStorage.Settings(nodeId, clusterId, List.of(first, second), first),
        Uuid::random);
  }

  /** As after a start of the quorum. */
  private static void begin(MetadataStorage storage) throws IOException {
    Path current = raftDirectory(storage).resolve("current");
    Files.createDirectories(current);
    Files.createFile(current.resolve("raft-meta"));
    Files.createFile(current.resolve("log_inprogress_0"));
    storage.markFormatted();
  }

  private static Path raftDirectory(MetadataStorage storage) {
    return storage
        .metadataDirectory()
        .resolve(RatisQuorum.groupUuid(storage.clusterId()).toString());
  }

  private static void write(Path directory, String... lines) throws IOException {
    Files.createDirectories(directory);
    Files.write(directory.resolve("meta.properties"), List.of(lines));
  }

  private static Map<String, String> properties(Path directory) throws IOException {
    Properties properties = new Properties();
    try (FileInputStream in = new FileInputStream(directory.resolve("meta.properties").toFile())) {
      properties.load(in);
    }
    Map<String, String> map = new HashMap<>();
    properties.forEach((key, value) -> map.put((String) key, (String) value));
    return map;
  }

  private static void deleteAll(Path directory) throws IOException {
    try (var paths = Files.walk(directory)) {
      for (Path path : paths.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
