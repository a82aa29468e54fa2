package io.ottla.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ottla.compat.broker.BrokerProcess;
import io.ottla.compat.broker.Brokers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** kcat, and with it librdkafka, the other family of clients, works against the broker. */
class KcatIT {
  private static final String NOT_INSTALLED =
      "KcatIT is skipped: kcat is not installed (Debian: apt-get install kcat)";
  private static final int LIMIT_SECONDS = 60;

  @RegisterExtension static final Brokers BROKERS = new Brokers();

  private static BrokerProcess broker;

  @TempDir Path directory;

  @BeforeAll
  static void startBroker() throws Exception {
    if (!isInstalled()) {
      System.err.println(NOT_INSTALLED); // Maven shows that a test was skipped, but not why
      assumeTrue(false, NOT_INSTALLED);
    }
    broker = BROKERS.start();
  }

  private static boolean isInstalled() throws InterruptedException {
    try {
      return new ProcessBuilder("kcat", "-V")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException notFound) {
      return false;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
  void readsBackWhatItProduced(String codec) throws Exception {
    String topic = createTopic("kcat-" + codec, 1);
    List<String> lines =
        IntStream.range(0, 2_000)
            .mapToObj(i -> "key " + i + ":value of " + codec + " " + i)
            .toList();
    kcat(lines, "-P", "-t", topic, "-p", "0", "-K", ":", "-z", codec, "-H", "codec=" + codec);
    assertThat(kcat(List.of(), "-C", "-t", topic, "-p", "0", "-e", "-q", "-K", ":"))
        .isEqualTo(lines);
    assertThat(
            kcat(List.of(), "-C", "-t", topic, "-p", "0", "-e", "-q", "-c", "1", "-f", "%o %h\n"))
        .containsExactly("0 codec=" + codec);
    assertThat(kcat(List.of(), "-C", "-t", topic, "-p", "0", "-o", "-3", "-e", "-q", "-f", "%o\n"))
        .containsExactly("1997", "1998", "1999");
  }

  @Test
  void producesIdempotently() throws Exception {
    String topic = createTopic("kcat-idempotent", 1);
    List<String> lines = IntStream.range(0, 5_000).mapToObj(i -> "value " + i).toList();
    kcat(lines, "-P", "-t", topic, "-X", "enable.idempotence=true", "-X", "linger.ms=1");
    assertThat(kcat(List.of(), "-C", "-t", topic, "-p", "0", "-e", "-q")).isEqualTo(lines);
  }

  @Test
  void listsMetadata() throws Exception {
    String topic = createTopic("kcat-listed", 2);
    List<String> lines = kcat(List.of(), "-L");
    assertThat(String.join("\n", lines))
        .contains(
            "1 brokers:",
            "broker 1 at 127.0.0.1:" + broker.port() + " (controller)",
            "topic \"" + topic + "\" with 2 partitions:",
            "partition 0, leader 1, replicas: 1, isrs: 1",
            "partition 1, leader 1, replicas: 1, isrs: 1");
  }

  @Test
  void findsOffsetsByTime() throws Exception {
    String topic = createTopic("kcat-times", 1);
    kcat(List.of("a", "b", "c"), "-P", "-t", topic);
    assertThat(String.join("\n", kcat(List.of(), "-Q", "-t", topic + ":0:0")))
        .contains(topic + " [0] offset 0");
    assertThat(String.join("\n", kcat(List.of(), "-Q", "-t", topic + ":0:-1")))
        .contains(topic + " [0] offset 3");
  }

  @Test
  void consumesAsABalancedGroup() throws Exception {
    String topic = createTopic("kcat-group", 3);
    List<String> lines = IntStream.range(0, 300).mapToObj(i -> "value " + i).toList();
    kcat(lines, "-P", "-t", topic, "-X", "linger.ms=1", "-X", "sticky.partitioning.linger.ms=0");
    List<String> all = new ArrayList<>();
    for (String count : List.of("100", "200")) { // the second run resumes where the first stopped
      all.addAll(
          kcat(
              List.of(),
              "-G",
              "kcat-readers",
              "-q",
              "-c",
              count,
              "-X",
              "auto.offset.reset=earliest",
              topic));
    }
    assertThat(all).containsExactlyInAnyOrderElementsOf(lines);
  }

  private static String createTopic(String topic, int partitions) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1))).all().get();
      for (int partition = 0; partition < partitions; partition++) {
        admin
            .listOffsets(Map.of(new TopicPartition(topic, partition), OffsetSpec.latest()))
            .all()
            .get();
      }
    }
    return topic;
  }

  /** Runs kcat with these lines as its input and returns the lines it printed. */
  private List<String> kcat(List<String> input, String... arguments) throws Exception {
    Path in = Files.write(directory.resolve("in"), input);
    Path out = directory.resolve("out");
    Path err = directory.resolve("err");
    List<String> command = new ArrayList<>(List.of("kcat", "-b", broker.bootstrapServers()));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command)
            .redirectInput(in.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      fail(
          "Still running: %s%n%s%n%s",
          String.join(" ", command), Files.readString(out), Files.readString(err));
    }
    assertThat(process.exitValue())
        .as("%s%n%s", String.join(" ", command), Files.readString(err))
        .isZero();
    return Files.readAllLines(out);
  }
}
