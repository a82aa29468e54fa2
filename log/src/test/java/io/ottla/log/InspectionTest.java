package io.ottla.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.log.inspect.DirectoryVerifier;
import io.ottla.log.inspect.FileDump;
import io.ottla.log.inspect.RecordText;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the files of a closed log are said to hold, and what is found wrong with them. */
class InspectionTest {

  @TempDir Path root;

  private Path partition;

  @BeforeEach
  void writeALog() throws IOException {
    LogConfig config = LogConfig.defaults().withSegmentBytes(4_000).withIndex(200, 4_000);
    try (LogFixture fixture = new LogFixture(root, config)) {
      partition = fixture.partitionPath();
      for (int i = 0; i < 30; i++) {
        fixture.nowMs += 10;
        fixture.leaderEpoch = i / 10;
        fixture.append(3);
        fixture.append(TestBatches.idempotent(7, 0, i * 2, 2, fixture.nowMs));
        fixture.append(TestBatches.transactional(8, 0, i, 1, fixture.nowMs));
        fixture.appendMarker(TestBatches.marker(8, 0, i % 2 == 0, 1, fixture.nowMs));
      }
      fixture.closeCleanly();
    }
    Files.writeString(
        root.resolve("meta.properties"), "version=1\ncluster.id=c\nnode.id=1\ndirectory.id=d\n");
  }

  @Test
  void nothingIsWrongWithALogThatWasClosed() throws IOException {
    assertThat(problems(root)).isEmpty();
    assertThat(problems(partition)).isEmpty();
    assertThat(segments()).hasSizeGreaterThan(2);
    try (Stream<Path> files = Files.list(partition)) {
      for (Path file : files.toList()) {
        assertThat(dump(file, true)).as(file.toString()).doesNotContain("\n! ");
      }
    }
  }

  @Test
  void batchesRecordsAndEntriesAreShown() throws IOException {
    assertThat(dump(segments().getFirst(), true))
        .contains("baseOffset: 0 lastOffset: 2 count: 3")
        .contains("producerId: 7 producerEpoch: 0")
        .contains("| offset: 0 timestamp: ")
        .contains("transactional: true control: true")
        .containsPattern("control: (COMMIT|ABORT)");
    assertThat(dump(partition.resolve("leader-epoch-checkpoint"), false))
        .contains("epoch: 0 startOffset: 0\nepoch: 1 startOffset: 70");
    assertThat(dump(partition.resolve("00000000000000000000.index"), false))
        .containsPattern("offset: \\d+ position: \\d+");
    assertThat(dump(root.resolve("replication-offset-checkpoint"), false))
        .contains(" partition: 0 offset: ");
    assertThat(dump(root.resolve("meta.properties"), false)).contains("cluster.id=c");
  }

  @Test
  void everyBitThatIsFlippedInASegmentIsFoundOrMeansNothing() throws IOException {
    long seed = System.nanoTime();
    System.out.println("InspectionTest seed " + seed);
    Random random = new Random(seed);
    Path segment = segments().getFirst();
    byte[] whole = Files.readAllBytes(segment);
    for (int i = 0; i < 150; i++) {
      byte[] flipped = whole.clone();
      flipped[random.nextInt(flipped.length)] ^= (byte) (1 << random.nextInt(8));
      Files.write(segment, flipped);
      assertThat(problems(partition)).as("seed %d, round %d", seed, i).isNotEmpty();
      assertThat(dump(segment, true)).isNotEmpty();
    }
  }

  @Test
  void garbageOfEveryKindIsTold() throws IOException {
    long seed = System.nanoTime();
    System.out.println("InspectionTest seed " + seed);
    Random random = new Random(seed);
    List<Path> files = new ArrayList<>();
    try (Stream<Path> children = Files.list(partition)) {
      children.filter(file -> !file.toString().endsWith("index")).forEach(files::add);
    }
    files.add(root.resolve("recovery-point-offset-checkpoint"));
    for (Path file : files) {
      byte[] whole = Files.readAllBytes(file);
      byte[] garbage = new byte[50 + random.nextInt(500)];
      random.nextBytes(garbage);
      Files.write(file, garbage);
      assertThat(dump(file, true)).as("%s, seed %d", file, seed).contains("\n! ");
      assertThat(problems(root)).as("%s, seed %d", file, seed).isNotEmpty();
      Files.write(file, whole);
    }
    assertThat(problems(root)).isEmpty();
  }

  @Test
  void wrongIndexesAndMissingSegmentsAreFound() throws IOException {
    Path index = partition.resolve("00000000000000000000.index");
    byte[] entries = Files.readAllBytes(index);
    entries[7] ^= 1;
    Files.write(index, entries);
    assertThat(problems(partition)).anyMatch(line -> line.contains("where no batch begins"));
    entries[7] ^= 1;
    Files.write(index, entries);

    Path times = partition.resolve("00000000000000000000.timeindex");
    byte[] time = Files.readAllBytes(times);
    time[6] = 0;
    time[7] = 1;
    Files.write(times, time);
    assertThat(problems(partition)).anyMatch(line -> line.contains(".timeindex: "));
    Files.delete(times);
    assertThat(problems(partition)).isEmpty();

    Files.delete(segments().get(1));
    assertThat(problems(partition)).anyMatch(line -> line.contains("are missing"));
    assertThat(dump(partition.resolve("nothing"), false)).contains("! there is no such file");
  }

  private List<Path> segments() throws IOException {
    try (Stream<Path> files = Files.list(partition)) {
      return files.filter(file -> file.toString().endsWith(".log")).sorted().toList();
    }
  }

  private static List<String> problems(Path directory) {
    List<String> lines = new ArrayList<>();
    DirectoryVerifier verifier = new DirectoryVerifier(false, lines::add);
    verifier.verify(directory);
    assertThat(verifier.problems() == 0).isEqualTo(lines.isEmpty());
    return lines;
  }

  private static String dump(Path file, boolean records) {
    StringWriter text = new StringWriter();
    boolean whole = new FileDump(new PrintWriter(text), records, RecordText.PLAIN).dump(file);
    assertThat(text.toString().contains("\n! ") || text.toString().contains(" ! "))
        .isEqualTo(!whole);
    return text.toString();
  }
}
