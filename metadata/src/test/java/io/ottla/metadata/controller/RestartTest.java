package io.ottla.metadata.controller;

import static io.ottla.metadata.controller.SingleNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.metadata.image.ConfigResource;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.metadata.image.TopicImage;
import io.ottla.metadata.quorum.MetadataStorage;
import io.ottla.metadata.quorum.QuorumException;
import io.ottla.wire.ErrorCode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** A controller on a real quorum of one: what is answered stays, whatever ends the process. */
@Execution(ExecutionMode.CONCURRENT)
class RestartTest {

  @TempDir Path directory;

  @Test
  void keepsEverythingOverARestart() {
    long hash;
    ProducerIdBlock block;
    try (SingleNode node = SingleNode.start(directory)) {
      long epoch = node.startBroker();
      block = get(node.brokers().allocate(SingleNode.NODE_ID, epoch));
      create(node, "orders", Map.of("k", "v"));
      assertThat(node.image().topic("orders").partitionCount()).isEqualTo(3);
      hash = node.image().hash();
    }
    try (SingleNode node = SingleNode.start(directory)) {
      assertThat(node.image().hash()).isEqualTo(hash);
      assertThat(node.image().configs(ConfigResource.topic("orders"))).containsEntry("k", "v");
      long epoch = node.startBroker();
      assertThat(get(node.brokers().allocate(SingleNode.NODE_ID, epoch)).first())
          .isEqualTo(block.first() + ProducerIdBlock.COUNT);
      for (PartitionImage partition : node.image().topic("orders").partitions()) {
        assertThat(partition.leader()).isEqualTo(SingleNode.NODE_ID);
        assertThat(partition.leaderEpoch()).isEqualTo(2);
      }
      assertThat(node.failures()).isEmpty();
    }
  }

  @Test
  void isTheSameFromASnapshotAndALog() {
    long hash;
    try (SingleNode node = SingleNode.start(directory, 20)) {
      node.startBroker();
      for (int i = 0; i < 50; i++) {
        create(node, "topic-" + i, Map.of());
      }
      get(node.controller().deleteTopics(List.of(node.image().topic("topic-7").id())));
      hash = node.image().hash();
    }
    try (SingleNode node = SingleNode.start(directory, 20)) {
      assertThat(node.image().hash()).isEqualTo(hash);
      assertThat(node.image().topicCount()).isEqualTo(49);
      assertThat(node.failures()).isEmpty();
    }
  }

  @Test
  void losesNothingItAcknowledgedWhenItIsKilled() throws Exception {
    Map<String, String> topics = new HashMap<>();
    Set<Long> blocks = new HashSet<>();
    for (int killAfter : new int[] {40, 150}) {
      Process process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Xmx128m",
                  "-XX:+UseSerialGC",
                  "-XX:TieredStopAtLevel=1",
                  "--enable-native-access=ALL-UNNAMED",
                  "--sun-misc-unsafe-memory-access=allow",
                  "-cp",
                  System.getProperty("java.class.path"),
                  CrashingNode.class.getName(),
                  directory.toString())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      killAfterAcknowledgements(process, killAfter, topics, blocks);
    }
    try (SingleNode node = SingleNode.start(directory, 100)) {
      topics.forEach(
          (name, id) -> {
            TopicImage topic = node.image().topic(name);
            assertThat(topic).as(name).isNotNull();
            assertThat(topic.id().toString()).isEqualTo(id);
            assertThat(topic.partitionCount()).isEqualTo(2);
            assertThat(node.image().configs(ConfigResource.topic(name))).hasSize(1);
          });
      long epoch = node.startBroker();
      assertThat(get(node.brokers().allocate(SingleNode.NODE_ID, epoch)).first())
          .isGreaterThan(blocks.stream().max(Comparator.naturalOrder()).orElseThrow());
      assertThat(node.failures()).isEmpty();
    }
    assertThat(topics).hasSizeGreaterThan(90);
  }

  private static void killAfterAcknowledgements(
      Process process, int count, Map<String, String> topics, Set<Long> blocks)
      throws IOException, InterruptedException {
    CompletableFuture<Void> deadline =
        CompletableFuture.runAsync(
            () -> process.toHandle().destroyForcibly(),
            CompletableFuture.delayedExecutor(30, TimeUnit.SECONDS));
    try (BufferedReader out =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      int seen = 0;
      // To the end of the stream: what it still said before it died was acknowledged, too.
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        String[] words = line.split(" ");
        switch (words[0]) {
          case "topic" -> assertThat(topics.put(words[1], words[2])).as(line).isNull();
          case "block" -> assertThat(blocks.add(Long.parseLong(words[1]))).as(line).isTrue();
          default -> throw new AssertionError(line);
        }
        if (++seen == count) {
          // Not the process' own method, which would close the stream.
          process.toHandle().destroyForcibly();
        }
      }
      assertThat(seen).isGreaterThanOrEqualTo(count);
    }
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    deadline.cancel(false);
  }

  @Test
  void refusesToStartWhenItsMetadataIsGone() throws IOException {
    SingleNode.start(directory).close();
    try (Stream<Path> files = Files.walk(directory.resolve(MetadataStorage.DIRECTORY_NAME))) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
    assertThatThrownBy(() -> SingleNode.start(directory))
        .isInstanceOf(QuorumException.class)
        .hasMessageContaining("none is there");
  }

  @Test
  void createsTenThousandTopicsOnARealLog() {
    List<NewTopic> topics =
        Stream.iterate(0, i -> i < 10_000, i -> i + 1)
            .map(i -> new NewTopic("a-topic-with-some-name-" + i, 1, 1, List.of(), Map.of()))
            .toList();
    try (SingleNode node = SingleNode.start(directory)) {
      node.startBroker();
      long before = System.nanoTime();
      List<TopicResult> results = get(node.controller().createTopics(topics, false));
      System.out.printf(
          "10,000 topics in one request: %d ms%n", (System.nanoTime() - before) / 1_000_000);
      assertThat(results).allMatch(result -> result.error() == ErrorCode.NONE);
      assertThat(node.image().topicCount()).isEqualTo(10_000);
      assertThat(node.failures()).isEmpty();
    }
  }

  /** Not a measure, but printed: start-up is a promise of this project. */
  @Test
  void startsQuicklyOnceTheClassesAreThere() {
    for (int i = 0; i < 4; i++) {
      long before = System.nanoTime();
      SingleNode node = SingleNode.start(directory);
      long started = System.nanoTime();
      node.startBroker();
      long unfenced = System.nanoTime();
      node.close();
      System.out.printf(
          "start %d: leads after %d ms, broker unfenced after %d ms more, closed in %d ms%n",
          i,
          (started - before) / 1_000_000,
          (unfenced - started) / 1_000_000,
          (System.nanoTime() - unfenced) / 1_000_000);
      assertThat(node.failures()).isEmpty();
    }
  }

  private static void create(SingleNode node, String name, Map<String, String> configs) {
    List<TopicResult> results =
        get(
            node.controller()
                .createTopics(List.of(new NewTopic(name, -1, -1, List.of(), configs)), false));
    assertThat(results.getFirst().error()).isEqualTo(ErrorCode.NONE);
  }
}
