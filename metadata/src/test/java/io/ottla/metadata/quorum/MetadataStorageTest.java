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
import java.util.Optional;
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

  @Test
  void nodesThatListTheSameVotersFindTheSameCluster() {
    List<Voter> voters = TestVoters.listed(3);
    String one = open(1, first, QuorumPlace.listed(true, voters)).clusterId();
    String other = open(2, second, QuorumPlace.listed(true, voters.reversed())).clusterId();
    String broker =
        open(9, temporary.resolve("third"), QuorumPlace.listed(false, voters)).clusterId();
    assertThat(List.of(one, other, broker)).containsOnly(one);
    assertThat(
            open(1, temporary.resolve("fourth"), QuorumPlace.listed(true, TestVoters.listed(5)))
                .clusterId())
        .isNotEqualTo(one);
    // A single voter is alone: many such clusters list the same address.
    assertThat(open(1, temporary.resolve("a"), QuorumPlace.listed(true, TestVoters.listed(1))))
        .extracting(MetadataStorage::clusterId)
        .isNotEqualTo(
            open(1, temporary.resolve("b"), QuorumPlace.listed(true, TestVoters.listed(1)))
                .clusterId());
  }

  @Test
  void knowsItselfByItsMetadataDirectory() {
    List<Voter> voters = TestVoters.listed(3);
    MetadataStorage storage = open(1, first, QuorumPlace.listed(true, voters));
    Voter self = storage.self(voters.getFirst().address());
    assertThat(self.nodeId()).isEqualTo(1);
    assertThat(self.directoryId()).isEqualTo(storage.directoryIds().get(first));
    assertThat(storage.firstVoters(self)).isEqualTo(voters);
    MetadataStorage alone = open(1, second, QuorumPlace.ALONE);
    Voter onlyOne = alone.self(voters.getFirst().address());
    assertThat(alone.firstVoters(onlyOne)).containsExactly(onlyOne);
  }

  @Test
  void refusesToGuessWhereItBelongs() {
    assertThatThrownBy(() -> open(1, first, QuorumPlace.asked(true)))
        .isInstanceOf(QuorumException.class)
        .hasMessageContainingAll("who votes first", "ottla-storage.sh format", "--standalone");
    assertThatThrownBy(() -> open(1, first, QuorumPlace.asked(false)))
        .isInstanceOf(QuorumException.class)
        .hasMessageContainingAll("does not know its cluster", "ottla-storage.sh format");
    assertThat(first).isEmptyDirectory();
  }

  @Test
  void aMereBrokerNeedsNoMetadata() throws IOException {
    write(first, "version=1", "cluster.id=theirs", "node.id=1");
    Files.createDirectories(first.resolve("orders-0"));
    MetadataStorage storage = open(1, first, QuorumPlace.asked(false));
    storage.markFormatted();
    assertThat(open(1, first, QuorumPlace.asked(false)).clusterId()).isEqualTo("theirs");
    assertThatThrownBy(
            () ->
                MetadataStorage.open(
                    new MetadataStorage.Settings(
                        1, "mine", List.of(first), first, QuorumPlace.asked(false)),
                    Uuid::random))
        .hasMessageContainingAll("'theirs'", "mine");
  }

  @Test
  void aMereBrokerAsksTheControllersWhereItBelongs() {
    assertThat(openAsking(first, QuorumPlace.asked(false), Optional.of("theirs")))
        .isEqualTo("theirs");
    // And knows it from then on.
    assertThat(openAsking(first, QuorumPlace.asked(false), Optional.empty())).isEqualTo("theirs");
    // What they say counts for more than what the list implies.
    QuorumPlace listed = QuorumPlace.listed(false, TestVoters.listed(3));
    assertThat(openAsking(second, listed, Optional.of("theirs"))).isEqualTo("theirs");
    // A controller does not ask: others could be asking it.
    assertThatThrownBy(
            () ->
                openAsking(
                    temporary.resolve("third"), QuorumPlace.asked(true), Optional.of("theirs")))
        .isInstanceOf(QuorumException.class);
  }

  private static String openAsking(Path directory, QuorumPlace place, Optional<String> answer) {
    return MetadataStorage.open(
            new MetadataStorage.Settings(1, null, List.of(directory), directory, place),
            Uuid::random,
            () -> answer)
        .clusterId();
  }

  @Test
  void keepsWhatFormatChose() {
    FirstStart chosen =
        new FirstStart(
            Optional.of(List.of(TestVoters.voter(1), TestVoters.voter(2))),
            Map.of("metadata.version", (short) 25));
    assertThat(format(chosen)).isEqualTo(2);
    MetadataStorage storage = open(1, first, QuorumPlace.asked(true));
    Voter self = storage.self(TestVoters.voter(1).address());
    assertThat(self).isEqualTo(TestVoters.voter(1));
    assertThat(storage.firstVoters(self)).containsExactly(TestVoters.voter(1), TestVoters.voter(2));
    assertThat(storage.firstFeatures()).containsExactly(Map.entry("metadata.version", (short) 25));
    assertThat(storage.clusterId()).isEqualTo("chosen");
  }

  @Test
  void aNodeThatWaitsToBeAddedMayHoldRecordsOfItsOwn() throws IOException {
    format(new FirstStart(Optional.of(List.of()), Map.of()));
    Files.createDirectories(first.resolve("orders-0"));
    MetadataStorage storage = open(1, first, QuorumPlace.asked(true));
    assertThat(storage.firstVoters(storage.self(TestVoters.voter(1).address()))).isEmpty();
  }

  @Test
  void refusesADamagedChoice() throws IOException {
    format(new FirstStart(Optional.of(List.of()), Map.of()));
    Files.writeString(first.resolve(FirstStart.FILE_NAME), "version=1\ninitial.controllers=1@x\n");
    assertThatThrownBy(() -> open(1, first, QuorumPlace.asked(true)))
        .isInstanceOf(QuorumException.class)
        .hasMessageContainingAll(FirstStart.FILE_NAME, "Format the directories again");
  }

  private int format(FirstStart chosen) {
    return StorageFormat.run(
        new StorageFormat.Request(1, "chosen", List.of(first, second), first, chosen, false),
        Uuid::random,
        (_, _) -> {});
  }

  private static MetadataStorage open(int nodeId, Path directory, QuorumPlace place) {
    return MetadataStorage.open(
        new MetadataStorage.Settings(nodeId, null, List.of(directory), directory, place),
        Uuid::random);
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
