package io.ottla.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.broker.BrokerKind;
import io.ottla.compat.broker.BrokerProcess;
import io.ottla.compat.broker.Brokers;
import io.ottla.compat.broker.OttlaHome;
import io.ottla.compat.broker.Script;
import io.ottla.compat.tools.StockTool;
import io.ottla.compat.tools.StockTool.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.tools.ConsoleProducer;
import org.apache.kafka.tools.DumpLogSegments;
import org.apache.kafka.tools.ProducerPerformance;
import org.apache.kafka.tools.TopicCommand;
import org.apache.kafka.tools.consumer.ConsoleConsumer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The stock kafka-dump-log reads the files of a stopped broker and finds nothing to complain about.
 */
class DumpLogIT {
  private static final int ROLLED_RECORDS = 3_000;
  private static final int LINES = 200;
  private static final Pattern RECORD_OFFSET = Pattern.compile("(?m)^\\| offset: (\\d+) ");

  private static final String BATCH =
      "baseOffset: (\\d+) lastOffset: (\\d+) count: (\\d+) baseSequence: (-?\\d+) lastSequence:"
          + " (-?\\d+) producerId: (-?\\d+) producerEpoch: (-?\\d+) ";
  private static final Pattern STOCK_BATCH =
      Pattern.compile(
          BATCH
              + "partitionLeaderEpoch: (\\d+) .* position: (\\d+) CreateTime: (\\d+) size: (\\d+)"
              + " .* crc: (\\d+)");
  private static final Pattern OWN_BATCH =
      Pattern.compile(
          BATCH
              + "leaderEpoch: (\\d+) .* position: (\\d+) size: (?=\\d+ maxTimestamp: (\\d+))"
              + "(\\d+) .* crc: (\\d+)");
  private static final Pattern ENTRY =
      Pattern.compile("(?m)^((?:offset|timestamp): \\d+ (?:position|offset): \\d+)$");

  @RegisterExtension static final Brokers BROKERS = new Brokers();

  private static Path data;

  @BeforeAll
  static void fillBrokerAndStopIt() throws Exception {
    BrokerProcess broker = BROKERS.start();
    String[] server = {"--bootstrap-server", broker.bootstrapServers()};
    tool(
        server,
        TopicCommand.class,
        "--create",
        "--topic",
        "rolled",
        "--config",
        "segment.bytes=1048576");
    tool(
        server,
        ProducerPerformance.class,
        "--topic",
        "rolled",
        "--num-records",
        Integer.toString(ROLLED_RECORDS),
        "--record-size",
        "1000",
        "--throughput",
        "-1");
    for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
      tool(server, TopicCommand.class, "--create", "--topic", codec);
      tool(server, ConsoleProducer.class, "--topic", codec, "--compression-codec", codec);
    }
    tool(
        server,
        ConsoleConsumer.class,
        "--topic",
        "none",
        "--group",
        "readers",
        "--from-beginning",
        "--max-messages",
        Integer.toString(LINES),
        "--timeout-ms",
        "20000");
    broker.stop();
    data = broker.config().logDirectory();
  }

  private static void tool(String[] server, Class<?> tool, String... arguments) throws Exception {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of(server));
    StockTool.runWithInput(tool, "a line\n".repeat(LINES), all.toArray(String[]::new))
        .expectSuccess();
  }

  @Test
  void readsSegmentsAndIndexesOfALogThatHasRolled() throws Exception {
    List<Path> segments = files("rolled-0", ".log");
    assertThat(segments).hasSizeGreaterThan(2);
    Result dumped = dump(segments, "--deep-iteration", "--print-data-log");
    assertThat(offsets(dumped)).isEqualTo(firstNumbers(ROLLED_RECORDS));

    List<Path> indexes = files("rolled-0", ".index");
    assertThat(indexes).hasSameSizeAs(segments);
    Result index = dump(indexes);
    assertThat(index.out()).containsPattern("offset: \\d+ position: \\d+");
    dump(indexes, "--verify-index-only");
    assertThat(dump(indexes, "--index-sanity-check").out()).contains("passed sanity check.");

    List<Path> timeIndexes = files("rolled-0", ".timeindex");
    assertThat(timeIndexes).hasSameSizeAs(segments);
    assertThat(dump(timeIndexes).out()).containsPattern("timestamp: \\d{13} offset: \\d+");
    assertThat(dump(timeIndexes, "--index-sanity-check").out()).contains("passed sanity check.");
  }

  @Test
  void readsProducerSnapshots() throws Exception {
    List<Path> snapshots = files("rolled-0", ".snapshot");
    assertThat(snapshots).isNotEmpty();
    assertThat(dump(snapshots).out())
        .containsPattern("producerId: \\d+ producerEpoch: 0 .*lastSequence: \\d+");
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
  void readsEveryCodec(String codec) throws Exception {
    Result dumped = dump(files(codec + "-0", ".log"), "--deep-iteration", "--print-data-log");
    assertThat(offsets(dumped)).isEqualTo(firstNumbers(LINES));
    assertThat(dumped.out()).contains("compresscodec: " + codec, "payload: a line");
  }

  @Test
  void decodesCommittedOffsetsAndGroups() throws Exception {
    StringBuilder all = new StringBuilder();
    for (int partition = 0; partition < 4; partition++) {
      List<Path> segments = files("__consumer_offsets-" + partition, ".log");
      all.append(dump(segments, "--offsets-decoder").out());
    }
    assertThat(all.toString())
        .containsPattern("\"group\":\"readers\",\"topic\":\"none\",\"partition\":0")
        .containsPattern("\"offset\":" + LINES)
        .containsPattern("\"protocolType\":\"consumer\"");
  }

  @Test
  void ottlasOwnToolSaysWhatTheStockToolSays() throws Exception {
    List<Path> segments = files("rolled-0", ".log");
    assertThat(facts(own("dump", segments), OWN_BATCH))
        .isNotEmpty()
        .isEqualTo(facts(dump(segments).out(), STOCK_BATCH));
    for (String suffix : List.of(".index", ".timeindex")) {
      List<Path> indexes = files("rolled-0", suffix);
      assertThat(facts(own("dump", indexes), ENTRY))
          .isNotEmpty()
          .isEqualTo(facts(dump(indexes).out(), ENTRY));
    }
    List<Path> all = new ArrayList<>(files("zstd-0", ".log"));
    for (int partition = 0; partition < 4; partition++) {
      all.addAll(files("__consumer_offsets-" + partition, ".log"));
    }
    assertThat(own("dump", all, "--records"))
        .containsPattern("\\| offset: 0 .*value: 'a line'")
        .containsPattern("OffsetCommitValue key: .*readers.*none.* value: .*" + LINES);
    if (BrokerKind.UNDER_TEST == BrokerKind.OTTLA) {
      assertThat(own("verify", List.of(data))).contains(" 0 problems");
    }
  }

  private static String own(String command, List<Path> files, String... options) throws Exception {
    List<String> words = new ArrayList<>(List.of(OttlaHome.logScript().toString(), command));
    words.addAll(List.of(options));
    files.forEach(file -> words.add(file.toString()));
    return Script.run(data, Map.of(), words.toArray(String[]::new)).expectSuccess().output();
  }

  /** The groups of a pattern, match by match. */
  private static List<String> facts(String out, Pattern pattern) {
    return pattern
        .matcher(out)
        .results()
        .map(
            match ->
                IntStream.rangeClosed(1, match.groupCount())
                    .mapToObj(match::group)
                    .collect(Collectors.joining(" ")))
        .toList();
  }

  private static Result dump(List<Path> files, String... arguments) throws Exception {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.add("--files");
    all.add(String.join(",", files.stream().map(Path::toString).toList()));
    Result result = StockTool.run(DumpLogSegments.class, all.toArray(String[]::new));
    result.expectSuccess();
    assertThat(result.err().lines().filter(line -> !isAboutTheFirstRecord(line)))
        .as("complaints about %s", files)
        .isEmpty();
    assertThat(result.out()).doesNotContain("isvalid: false");
    return result;
  }

  /** The tool takes the first record of every segment but that at 0 for one that follows on -1. */
  private static boolean isAboutTheFirstRecord(String line) {
    return line.startsWith("Non-consecutive offsets in ")
        || line.startsWith("  -1 is followed by ");
  }

  private static List<Path> files(String partition, String suffix) throws IOException {
    try (Stream<Path> files = Files.list(data.resolve(partition))) {
      return files.filter(file -> file.toString().endsWith(suffix)).sorted().toList();
    }
  }

  private static List<Long> offsets(Result dumped) {
    List<Long> offsets = new ArrayList<>();
    Matcher matcher = RECORD_OFFSET.matcher(dumped.out());
    while (matcher.find()) {
      offsets.add(Long.valueOf(matcher.group(1)));
    }
    return offsets;
  }

  private static List<Long> firstNumbers(int count) {
    return Stream.iterate(0L, i -> i + 1).limit(count).toList();
  }
}
