package io.ottla.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.broker.BrokerProcess;
import io.ottla.compat.broker.Brokers;
import io.ottla.compat.member.GroupClients;
import io.ottla.compat.member.Member;
import io.ottla.compat.tools.StockTool;
import io.ottla.compat.tools.StockTool.Result;
import io.ottla.history.ownership.Ownership;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import kafka.admin.ConfigCommand;
import org.apache.kafka.tools.GroupsCommand;
import org.apache.kafka.tools.consumer.group.ConsumerGroupCommand;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * kafka-consumer-groups, kafka-groups and kafka-configs do all their subcommands on groups of both
 * protocols.
 */
class GroupToolsIT {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final int PARTITIONS = 3;
  private static final int RECORDS = 30;

  @RegisterExtension static final Brokers BROKERS = new Brokers();

  private static BrokerProcess broker;

  @TempDir Path directory;

  @BeforeAll
  static void startBroker() throws Exception {
    broker = BROKERS.start(BROKERS.config().withQuickGroups());
  }

  /**
   * A group with its topic; all records are read and committed, and the members are still there.
   */
  private static List<Member> populate(String protocol, String name, int members) throws Exception {
    try (GroupClients clients = new GroupClients(broker::bootstrapServers)) {
      clients.createTopic(name, PARTITIONS);
      clients.produce(name, PARTITIONS, RECORDS);
    }
    Map<String, String> config =
        Map.of(
            "bootstrap.servers", broker.bootstrapServers(),
            "group.id", name,
            "group.protocol", protocol);
    Ownership ownership = new Ownership();
    List<Member> all = new ArrayList<>();
    for (int i = 0; i < members; i++) {
      all.add(new Member(name + "-m" + i, config, List.of(name), ownership));
    }
    Await.until(
        "all is read and each has some",
        LIMIT,
        () -> {
          assertThat(ownership.problems()).isEmpty();
          return ownership.distinctReads() == RECORDS && ownership.owners().size() == members;
        });
    Await.until(
        "all is committed",
        LIMIT,
        () -> offsets(name).equals(List.of("10 10 0", "10 10 0", "10 10 0")));
    return all;
  }

  private static void leave(List<Member> members) throws Exception {
    for (Member member : members) {
      member.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"consumer", "classic"})
  void groupsThatAreAtWorkAreListedAndDescribedButNotChanged(String protocol) throws Exception {
    String name = "at-work-" + protocol;
    String type = protocol.equals("consumer") ? "Consumer" : "Classic";
    String other = protocol.equals("consumer") ? "classic" : "consumer";
    List<Member> members = populate(protocol, name, 2);

    assertThat(tool("--list").lines()).contains(name);
    assertThat(rows(tool("--list", "--state"), name)).containsExactly("Stable");
    assertThat(rows(tool("--list", "--state", "stable,dead"), name)).containsExactly("Stable");
    assertThat(rows(tool("--list", "--state", "Empty"), name)).isEmpty();
    assertThat(rows(tool("--list", "--type"), name)).containsExactly(type);
    assertThat(rows(tool("--list", "--type", protocol), name)).containsExactly(type);
    assertThat(rows(tool("--list", "--type", other), name)).isEmpty();
    assertThat(rows(tool("--list", "--type", "--state"), name)).containsExactly(type + " Stable");

    for (int partition = 0; partition < PARTITIONS; partition++) {
      assertThat(rows(group(name, "--describe"), name + " " + name + " " + partition))
          .singleElement()
          .asString()
          .matches("10 10 0 \\S+ /127.0.0.1 " + name + "-m[01]");
    }
    assertThat(rows(group(name, "--describe", "--offsets", "--verbose"), name + " " + name + " 0"))
        .singleElement()
        .asString()
        .matches("[-0] 10 10 0 \\S+ /127.0.0.1 \\S+"); // with the leader's epoch
    assertThat(rows(group(name, "--describe", "--members"), name))
        .hasSize(2)
        .allMatch(row -> row.matches("\\S+ /127.0.0.1 " + name + "-m[01] [12]"));
    List<String> verbose = rows(group(name, "--describe", "--members", "--verbose"), name);
    assertThat(verbose).hasSize(2);
    assertThat(partitionsIn(verbose)).containsExactly("0", "1", "2");
    String assignor = protocol.equals("consumer") ? "uniform" : "range";
    String coordinator = "127.0.0.1:" + broker.port() + " \\(1\\) ";
    assertThat(rows(group(name, "--describe", "--state"), name))
        .singleElement()
        .asString()
        .matches(coordinator + assignor + " Stable 2");
    assertThat(rows(group(name, "--describe", "--state", "--verbose"), name))
        .singleElement()
        .asString()
        .matches(coordinator + assignor + " Stable [0-9-]+ [0-9-]+ 2");
    assertThat(rows(tool("--describe", "--all-groups", "--state"), name)).hasSize(1);
    assertThat(rows(tool("--describe", "--all-groups", "--members"), name)).hasSize(2);

    Result reset = group(name, "--reset-offsets", "--to-earliest", "--topic", name, "--execute");
    assertThat(reset.out() + reset.err()).contains("if the group '" + name + "' is inactive");
    Result delete = run(ConsumerGroupCommand.class, "--delete", "--group", name);
    assertThat(delete.out() + delete.err()).contains("could not be deleted", "not empty");
    Result deleteOffsets = group(name, "--delete-offsets", "--topic", name);
    assertThat(deleteOffsets.out() + deleteOffsets.err()).contains("actively subscribed");
    assertThat(offsets(name)).containsExactly("10 10 0", "10 10 0", "10 10 0");
    leave(members);
  }

  private static Set<String> partitionsIn(List<String> rows) {
    Set<String> partitions = new TreeSet<>();
    for (String row : rows) {
      Matcher assigned = Pattern.compile("[:(]([0-9][0-9,]*)").matcher(row);
      while (assigned.find()) {
        partitions.addAll(List.of(assigned.group(1).split(",")));
      }
    }
    return partitions;
  }

  @ParameterizedTest
  @ValueSource(strings = {"consumer", "classic"})
  void offsetsAreResetInEveryWay(String protocol) throws Exception {
    String name = "reset-" + protocol;
    leave(populate(protocol, name, 1));
    awaitEmpty(name);
    reset(name, "10", "--to-earliest", "--all-topics", "--dry-run");
    reset(name, "10", "--to-earliest", "--all-topics");
    reset(name, "0", "--to-earliest", "--all-topics", "--execute");
    reset(name, "10", "--to-latest", "--topic", name, "--execute");
    reset(name, "4", "--to-offset", "4", "--topic", name, "--execute");
    reset(name, "2", "--shift-by", "-2", "--topic", name, "--execute");
    reset(name, "2", "--to-current", "--topic", name, "--execute");
    reset(name, "10", "--shift-by", "100", "--topic", name, "--execute");
    reset(name, "0", "--by-duration", "PT1H", "--topic", name, "--execute");
    String soon =
        LocalDateTime.now(ZoneOffset.UTC)
            .plusHours(1)
            .format(DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS"));
    reset(name, "10", "--to-datetime", soon, "--topic", name, "--execute");
    reset(name, "0", "--to-datetime", "2020-01-01T00:00:00.000", "--topic", name, "--execute");

    group(name, "--reset-offsets", "--to-offset", "7", "--topic", name + ":0,2", "--execute");
    assertThat(offsets(name)).containsExactly("7 10 3", "0 10 10", "7 10 3");
    Result exported =
        group(name, "--reset-offsets", "--to-offset", "6", "--topic", name, "--export");
    String plan =
        exported
            .out()
            .lines()
            .filter(line -> line.contains(name))
            .map(String::trim)
            .collect(Collectors.joining("\n", "", "\n"));
    assertThat(plan.replace("\"", "")).contains(name + ",0,6", name + ",1,6", name + ",2,6");
    Path file = Files.writeString(directory.resolve("plan.csv"), plan.replace(",6", ",5"));
    reset(name, "5", "--from-file", file.toString(), "--execute");

    assertThat(
            tool(
                    "--reset-offsets",
                    "--all-groups",
                    "--to-offset",
                    "3",
                    "--topic",
                    name,
                    "--dry-run")
                .out())
        .contains(name);
    Result absent =
        group(name, "--reset-offsets", "--to-earliest", "--topic", "not-there", "--execute");
    assertThat(absent.out() + absent.err()).isNotBlank();
    assertThat(offsets(name)).allMatch(line -> line.startsWith("5 "));
  }

  /** Runs reset-offsets and looks at what is committed afterwards. */
  private static void reset(String name, String expected, String... how) throws Exception {
    List<String> arguments = new ArrayList<>(List.of("--reset-offsets"));
    arguments.addAll(List.of(how));
    Result result = group(name, arguments.toArray(String[]::new));
    assertThat(result.out()).as("%s %s", arguments, result.err()).contains("NEW-OFFSET");
    assertThat(offsets(name))
        .as("%s: %s", arguments, result.out())
        .hasSize(PARTITIONS)
        .allMatch(line -> line.startsWith(expected + " "));
  }

  @ParameterizedTest
  @ValueSource(strings = {"consumer", "classic"})
  void offsetsAndGroupsAreDeleted(String protocol) throws Exception {
    String name = "deleted-" + protocol;
    leave(populate(protocol, name, 1));
    awaitEmpty(name);
    Result members = group(name, "--describe", "--members");
    assertThat(members.out() + members.err()).contains("has no active members");
    assertThat(group(name, "--delete-offsets", "--topic", name + ":1").out())
        .contains("Successful");
    assertThat(offsets(name)).containsExactly("10 10 0", "10 10 0");
    assertThat(group(name, "--delete").out()).contains("'" + name + "'", "was successful");
    assertThat(tool("--list").lines()).doesNotContain(name);
    Result gone = run(ConsumerGroupCommand.class, "--describe", "--group", name);
    assertThat(gone.out() + gone.err()).contains("GroupIdNotFoundException");
    Result again = run(ConsumerGroupCommand.class, "--delete", "--group", name);
    assertThat(again.out() + again.err()).contains("could not be deleted");
  }

  @Test
  void regularExpressionsAreValidated() throws Exception {
    Result valid = StockTool.run(ConsumerGroupCommand.class, "--validate-regex", "a.*[0-9]+");
    assertThat(valid.expectSuccess().out()).contains("is valid");
  }

  @Test
  void groupsOfAllKindsAreListed() throws Exception {
    List<Member> modern = populate("consumer", "kind-consumer", 1);
    List<Member> classic = populate("classic", "kind-classic", 1);
    assertThat(rows(groups("--list"), "kind-consumer")).containsExactly("Consumer consumer");
    assertThat(rows(groups("--list"), "kind-classic")).containsExactly("Classic consumer");
    assertThat(groups("--list", "--group-type", "consumer").out())
        .contains("kind-consumer")
        .doesNotContain("kind-classic");
    assertThat(groups("--list", "--group-type", "classic").out())
        .contains("kind-classic")
        .doesNotContain("kind-consumer");
    assertThat(groups("--list", "--protocol", "consumer").out())
        .contains("kind-classic", "kind-consumer");
    assertThat(groups("--list", "--consumer").out()).contains("kind-classic", "kind-consumer");
    assertThat(groups("--list", "--share").out()).doesNotContain("kind-");
    assertThat(groups("--list", "--streams").out()).doesNotContain("kind-");
    leave(modern);
    leave(classic);
  }

  @Test
  void configsOfGroupsAreAddedDescribedAndDeleted() throws Exception {
    String[] type = {"--entity-type", "groups"};
    String[] named = {"--entity-type", "groups", "--entity-name", "configured"};
    configs(
        named,
        "--alter",
        "--add-config",
        "consumer.session.timeout.ms=46000,consumer.heartbeat.interval.ms=6000");
    Await.until(
        "the configs are there",
        LIMIT,
        () -> {
          String out = configs(named, "--describe").out();
          return out.contains("consumer.session.timeout.ms=46000")
              && out.contains("consumer.heartbeat.interval.ms=6000");
        });
    assertThat(configs(named, "--describe", "--all").out())
        .contains("consumer.session.timeout.ms=46000", "consumer.assignment.interval.ms");
    assertThat(configs(type, "--describe").out())
        .contains("configured", "consumer.session.timeout.ms=46000");
    assertThat(configs(new String[] {"--group", "configured"}, "--describe").out())
        .contains("consumer.session.timeout.ms=46000");
    for (String wrong :
        List.of(
            "consumer.session.timeout.ms=1", // less than the broker allows
            "consumer.session.timeout.ms=long",
            "no.such.config=1")) {
      List<String> arguments = new ArrayList<>(List.of(named));
      arguments.addAll(List.of("--alter", "--add-config", wrong));
      run(ConfigCommand.class, arguments.toArray(String[]::new)).expectFailure();
    }
    configs(named, "--alter", "--delete-config", "consumer.session.timeout.ms");
    Await.until(
        "one config is gone",
        LIMIT,
        () -> {
          String out = configs(named, "--describe").out();
          return !out.contains("consumer.session.timeout.ms=46000")
              && out.contains("consumer.heartbeat.interval.ms=6000");
        });
    configs(named, "--alter", "--delete-config", "consumer.heartbeat.interval.ms");
    Await.until(
        "all configs are gone",
        LIMIT,
        () -> !configs(type, "--describe").out().contains("consumer.heartbeat.interval.ms=6000"));
  }

  private static Result configs(String[] entity, String... arguments) throws Exception {
    List<String> all = new ArrayList<>(List.of(entity));
    all.addAll(List.of(arguments));
    return run(ConfigCommand.class, all.toArray(String[]::new)).expectSuccess();
  }

  private static Result groups(String... arguments) throws Exception {
    return run(GroupsCommand.class, arguments).expectSuccess();
  }

  private static void awaitEmpty(String name) throws Exception {
    Await.until(
        name + " is empty",
        LIMIT,
        () -> rows(tool("--list", "--state"), name).equals(List.of("Empty")));
  }

  private static Result group(String name, String... arguments) throws Exception {
    List<String> all = new ArrayList<>(List.of("--group", name));
    all.addAll(List.of(arguments));
    return run(ConsumerGroupCommand.class, all.toArray(String[]::new));
  }

  private static Result tool(String... arguments) throws Exception {
    return run(ConsumerGroupCommand.class, arguments).expectSuccess();
  }

  /** What follows the first words in each row that begins with them, single-spaced. */
  private static List<String> rows(Result result, String first) {
    return result
        .out()
        .lines()
        .map(line -> line.trim().replaceAll("\\s+", " ") + " ")
        .filter(line -> line.startsWith(first + " "))
        .map(line -> line.substring(first.length()).trim())
        .toList();
  }

  /** Committed offset, end and lag of each partition that has any, in order of the partitions. */
  private static List<String> offsets(String name) throws Exception {
    return rows(group(name, "--describe"), name + " " + name).stream()
        .sorted()
        .map(row -> String.join(" ", Arrays.asList(row.split(" ")).subList(1, 4)))
        .filter(row -> !row.startsWith("-"))
        .toList();
  }

  private static Result run(Class<?> tool, String... arguments) throws Exception {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--bootstrap-server", broker.bootstrapServers()));
    return StockTool.run(tool, all.toArray(String[]::new));
  }
}
