package io.ottla.metadata.quorum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.wire.Uuid;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

@Execution(ExecutionMode.CONCURRENT)
class RatisQuorumTest {

  private static final long NEVER = Long.MAX_VALUE;

  @TempDir Path directory;

  /** Ratis keeps its metrics by group: tests side by side need a group each. */
  private final String clusterId = Uuid.random().toString();

  private final ExecutorService executor = Executors.newSingleThreadExecutor();
  private final BlockingQueue<QuorumException> failures = new LinkedBlockingQueue<>();
  private final List<RatisQuorum<String>> opened = new ArrayList<>();

  @AfterEach
  void closeAll() {
    opened.forEach(RatisQuorum::close);
    executor.shutdown();
  }

  @Test
  void appliesCommandsInTheOrderTheyWereSubmitted() throws Exception {
    CountingMachine machine = new CountingMachine();
    RatisQuorum<String> quorum = start(machine, NEVER);
    List<CompletableFuture<String>> answers = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      answers.add(submit(quorum, "command " + i));
    }
    for (int i = 0; i < 300; i++) {
      assertThat(get(answers.get(i))).isEqualTo((i + 1) + ":command " + i);
    }
    assertThat(failures).isEmpty();
  }

  @Test
  void appliesEverythingAgainAfterARestart() throws Exception {
    RatisQuorum<String> quorum = start(new CountingMachine(), NEVER);
    long term = quorum.leaderTerm();
    get(submit(quorum, "one"));
    get(submit(quorum, "two"));
    close(quorum);

    CountingMachine machine = new CountingMachine();
    RatisQuorum<String> again = start(machine, NEVER);
    assertThat(machine.applied()).containsExactly("one", "two");
    assertThat(again.leaderTerm()).isGreaterThan(term);
    assertThat(get(submit(again, "three"))).isEqualTo("3:three");
  }

  @Test
  void writesSnapshotsDropsTheLogBeforeThemAndStartsFromThem() throws Exception {
    RatisQuorum<String> quorum = start(new CountingMachine(), 50);
    List<String> sent = new ArrayList<>();
    for (int i = 0; i < 230; i++) {
      sent.add("command " + i);
      get(submit(quorum, "command " + i));
    }
    assertThat(snapshotFiles()).hasSizeBetween(1, 3);
    close(quorum);
    assertThat(snapshotFiles()).hasSizeBetween(1, 3);
    assertThat(md5Files()).hasSameSizeAs(snapshotFiles());

    CountingMachine machine = new CountingMachine();
    start(machine, 50);
    assertThat(machine.applied()).isEqualTo(sent);
    assertThat(machine.fromSnapshot()).isGreaterThan(150);
  }

  @Test
  void ignoresASnapshotThatACrashLeftUnfinished() throws Exception {
    RatisQuorum<String> quorum = start(new CountingMachine(), 10);
    for (int i = 0; i < 30; i++) {
      get(submit(quorum, "command " + i));
    }
    close(quorum);
    Path unfinished = snapshotFiles().getFirst().resolveSibling("snapshot.9_99999");
    Files.writeString(unfinished.resolveSibling("snapshot.9_99999.tmp"), "half");
    Files.writeString(
        unfinished.resolveSibling("snapshot.9_99999.md5"), "0123 *snapshot.9_99999\n");

    CountingMachine machine = new CountingMachine();
    start(machine, 10);
    assertThat(machine.applied()).hasSize(30);
  }

  @Test
  void refusesADamagedSnapshot() throws Exception {
    RatisQuorum<String> quorum = start(new CountingMachine(), 10);
    for (int i = 0; i < 30; i++) {
      get(submit(quorum, "command " + i));
    }
    close(quorum);
    flipByte(snapshotFiles().getLast(), 20);
    assertThatThrownBy(() -> start(new CountingMachine(), 10))
        .isInstanceOf(QuorumException.class)
        .hasMessageContaining("snapshot")
        .hasMessageContaining("MD5");
    assertThat(failures).isEmpty();
  }

  @Test
  void refusesASnapshotWithoutItsSum() throws Exception {
    RatisQuorum<String> quorum = start(new CountingMachine(), 10);
    for (int i = 0; i < 30; i++) {
      get(submit(quorum, "command " + i));
    }
    close(quorum);
    for (Path file : md5Files()) {
      Files.delete(file);
    }
    assertThatThrownBy(() -> start(new CountingMachine(), 10))
        .isInstanceOf(QuorumException.class)
        .hasMessageContaining("MD5");
  }

  @Test
  void refusesALogWithADamagedMiddle() throws Exception {
    RatisQuorum<String> quorum = start(new CountingMachine(), NEVER);
    for (int i = 0; i < 100; i++) {
      get(submit(quorum, "command " + i));
    }
    crash(quorum);
    Path log = logFiles().getFirst();
    flipByte(log, (int) (usedBytes(log) / 2));
    long before = System.nanoTime();
    assertThatThrownBy(() -> start(new CountingMachine(), NEVER))
        .isInstanceOf(QuorumException.class)
        .hasMessageContaining("cannot be opened");
    assertThat(System.nanoTime() - before).isLessThan(TimeUnit.SECONDS.toNanos(10));
  }

  @Test
  void refusesALogWithoutItsVote() throws Exception {
    RatisQuorum<String> quorum = start(new CountingMachine(), NEVER);
    get(submit(quorum, "one"));
    close(quorum);
    for (Path file : files("raft-meta")) {
      Files.delete(file);
    }
    assertThatThrownBy(() -> start(new CountingMachine(), NEVER))
        .isInstanceOf(QuorumException.class)
        .hasMessageContaining("cannot be opened");
  }

  @Test
  void refusesALogWhoseBeginningIsGone() throws Exception {
    RatisQuorum<String> quorum = start(new CountingMachine(), NEVER);
    // More than one segment's worth.
    for (int i = 0; i < 20; i++) {
      get(submit(quorum, "x".repeat(900_000)));
    }
    crash(quorum);
    assertThat(logFiles()).hasSizeGreaterThan(1);
    Files.delete(logFiles().getFirst());
    assertThatThrownBy(() -> start(new CountingMachine(), NEVER))
        .isInstanceOf(QuorumException.class)
        .hasMessageContaining("what is between is lost");
  }

  @Test
  void refusesADirectoryAnotherNodeHolds() throws Exception {
    start(new CountingMachine(), NEVER);
    assertThatThrownBy(() -> start(new CountingMachine(), NEVER))
        .isInstanceOf(QuorumException.class)
        .hasMessageContaining("cannot be opened");
  }

  @Test
  void diesLoudlyOfACommandThatCannotBeApplied() throws Exception {
    CountingMachine machine = new CountingMachine();
    RatisQuorum<String> quorum = start(machine, NEVER);
    get(submit(quorum, "one"));
    CompletableFuture<String> poisoned = submit(quorum, "poison");
    QuorumException failure = failures.poll(10, TimeUnit.SECONDS);
    assertThat(failure).isNotNull();
    assertThat(failure)
        .hasMessageContaining("cannot be applied")
        .hasMessageContaining("706f69736f6e");
    assertThatThrownBy(() -> get(poisoned))
        .hasCauseInstanceOf(QuorumException.OutcomeUnknown.class);
    assertThat(quorum.leaderTerm()).isEqualTo(-1);
    assertThatThrownBy(() -> get(submit(quorum, "two")))
        .hasCauseInstanceOf(QuorumException.NotLeader.class);
    assertThat(failures.poll(200, TimeUnit.MILLISECONDS)).as("only told once").isNull();
  }

  @Test
  void refusesMoreThanItCanHoldAndLosesNothingElse() throws Exception {
    CountingMachine machine = new CountingMachine();
    RatisQuorum<String> quorum = start(machine, NEVER);
    List<CompletableFuture<String>> answers = new ArrayList<>();
    answers.add(submit(quorum, "wait"));
    for (int i = 0; i < 2000; i++) {
      answers.add(submit(quorum, "command " + i));
    }
    assertThatThrownBy(() -> get(answers.getLast()))
        .hasCauseInstanceOf(QuorumException.Overloaded.class);
    machine.release.countDown();
    int done = 0;
    for (CompletableFuture<String> answer : answers) {
      try {
        get(answer);
        done++;
      } catch (Exception e) {
        assertThat(e).hasCauseInstanceOf(QuorumException.Overloaded.class);
      }
    }
    assertThat(done).isGreaterThan(500).isEqualTo(machine.applied().size());
    assertThat(get(submit(quorum, "after"))).isEqualTo((done + 1) + ":after");
  }

  @Test
  void diesLoudlyWhenItsDirectoryGoesAway() throws Exception {
    RatisQuorum<String> quorum = start(new CountingMachine(), NEVER);
    get(submit(quorum, "one"));
    for (Path current : files("current")) {
      Files.move(current, current.resolveSibling("gone"));
    }
    // The next segment cannot be created.
    for (int i = 0; i < 12 && failures.isEmpty(); i++) {
      var _ = submit(quorum, "x".repeat(900_000));
    }
    assertThat(failures.poll(10, TimeUnit.SECONDS))
        .isNotNull()
        .hasMessageContaining("the metadata log");
    assertThatThrownBy(() -> get(submit(quorum, "more"))).hasCauseInstanceOf(QuorumException.class);
  }

  @Test
  void refusesToSubmitWhenItDoesNotLead() throws Exception {
    RatisQuorum<String> quorum = start(new CountingMachine(), NEVER);
    close(quorum);
    assertThatThrownBy(() -> get(submit(quorum, "late")))
        .hasCauseInstanceOf(QuorumException.NotLeader.class);
    assertThat(failures).isEmpty();
  }

  @Test
  void takesTheLongestCommandAndNoLonger() throws Exception {
    RatisQuorum<String> quorum = start(new CountingMachine(), NEVER);
    String longest = "x".repeat(MetadataQuorum.MAX_COMMAND_BYTES);
    assertThat(get(submit(quorum, longest))).hasSize(longest.length() + 2);
    assertThatThrownBy(() -> submit(quorum, longest + "x"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(failures).isEmpty();
  }

  @Test
  void listensOnNoSocket() throws Exception {
    Set<String> before = listeningSockets();
    start(new CountingMachine(), NEVER);
    assertThat(listeningSockets()).isEqualTo(before);
  }

  private RatisQuorum<String> start(CountingMachine machine, long snapshotThreshold)
      throws Exception {
    RatisQuorum<String> quorum =
        new RatisQuorum<>(
            new RatisQuorum.Settings(clusterId, 1, directory, snapshotThreshold),
            machine,
            executor,
            failures::add);
    quorum.start();
    opened.add(quorum);
    machine.leading.get(10, TimeUnit.SECONDS);
    return quorum;
  }

  private void close(RatisQuorum<String> quorum) {
    opened.remove(quorum);
    quorum.close();
  }

  /** Closes without a snapshot, so that the log has to be read again. */
  private void crash(RatisQuorum<String> quorum) throws IOException {
    close(quorum);
    for (Path file : snapshotFiles()) {
      Files.delete(file);
    }
    for (Path file : md5Files()) {
      Files.delete(file);
    }
  }

  private static CompletableFuture<String> submit(RatisQuorum<String> quorum, String command) {
    return quorum.submit(command.getBytes(StandardCharsets.UTF_8));
  }

  private static String get(CompletableFuture<String> answer) throws Exception {
    try {
      return answer.get(10, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new Exception(e.getCause());
    }
  }

  private List<Path> snapshotFiles() throws IOException {
    return files("snapshot\\.\\d+_\\d+");
  }

  private List<Path> md5Files() throws IOException {
    return files("snapshot\\.\\d+_\\d+\\.md5");
  }

  private List<Path> logFiles() throws IOException {
    return files("log_.*");
  }

  private List<Path> files(String pattern) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      return all.filter(path -> path.getFileName().toString().matches(pattern)).sorted().toList();
    }
  }

  /** Log files are preallocated: their end is zeros. */
  private static long usedBytes(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    return IntStream.range(0, bytes.length).filter(i -> bytes[i] != 0).max().orElse(0);
  }

  private static void flipByte(Path file, int position) throws IOException {
    try (RandomAccessFile data = new RandomAccessFile(file.toFile(), "rw")) {
      data.seek(position);
      int value = data.read();
      data.seek(position);
      data.write(value ^ 0xFF);
    }
  }

  private static Set<String> listeningSockets() throws IOException {
    Set<String> own;
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      own =
          descriptors
              .map(
                  descriptor -> {
                    try {
                      return Files.readSymbolicLink(descriptor).toString();
                    } catch (IOException e) {
                      return "";
                    }
                  })
              .collect(Collectors.toSet());
    }
    String listening = "0A";
    List<String> lines = new ArrayList<>(Files.readAllLines(Path.of("/proc/self/net/tcp")));
    lines.addAll(Files.readAllLines(Path.of("/proc/self/net/tcp6")));
    return lines.stream()
        .map(line -> line.trim().split("\\s+"))
        .filter(fields -> fields.length > 9 && fields[3].equals(listening))
        .map(fields -> "socket:[" + fields[9] + "]")
        .filter(own::contains)
        .collect(Collectors.toSet());
  }
}
