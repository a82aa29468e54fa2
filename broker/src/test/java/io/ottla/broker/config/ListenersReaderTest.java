package io.ottla.broker.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.metadata.config.BrokerConfigLayers;
import io.ottla.metadata.config.ConfigProblem;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Random;
import java.util.Set;
import kafka.server.KafkaConfig;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.KafkaException;
import org.junit.jupiter.api.Test;
import scala.jdk.javaapi.CollectionConverters;

class ListenersReaderTest {

  private static final NodeConfig COMBINED =
      new NodeConfig(
          1,
          Set.of(NodeConfig.Role.BROKER, NodeConfig.Role.CONTROLLER),
          Optional.empty(),
          false,
          false);

  private final List<ConfigProblem> problems = new ArrayList<>();

  private ListenersConfig read(String... pairs) {
    Map<String, String> given = new HashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      given.put(pairs[i], pairs[i + 1]);
    }
    return read(given, COMBINED);
  }

  private ListenersConfig read(Map<String, String> given, NodeConfig node) {
    problems.clear();
    Map<String, String> implied = Map.of("controller.listener.names", "CONTROLLER");
    return ListenersReader.read(
        BrokerConfigLayers.of(given, implied).values(), given, node, problems);
  }

  @Test
  void readsHostsOfEveryKind() {
    ListenersConfig config =
        read(
            "listeners", "A://:1,B://host-1.example:2,C://[fe80::1%eth0]:3,d://10.0.0.1:0",
            "listener.security.protocol.map", "A:PLAINTEXT,b:plaintext,C:PLAINTEXT,D:PLAINTEXT",
            "inter.broker.listener.name", "a");

    assertThat(problems).isEmpty();
    assertThat(config.brokers())
        .containsExactly(
            new Listener("A", SecurityProtocol.PLAINTEXT, "", 1),
            new Listener("B", SecurityProtocol.PLAINTEXT, "host-1.example", 2),
            new Listener("C", SecurityProtocol.PLAINTEXT, "fe80::1%eth0", 3),
            new Listener("D", SecurityProtocol.PLAINTEXT, "10.0.0.1", 0));
    assertThat(config.interBrokerListener()).contains("A");
  }

  @Test
  void advertisesBoundPortsAndTheMachinesName() {
    ListenersConfig config =
        read(
            "listeners", "PLAINTEXT://:0,X://[::]:0,Y://10.0.0.1:5",
            "listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,X:PLAINTEXT,Y:PLAINTEXT");

    assertThat(problems).isEmpty();
    assertThat(config.advertised(Map.of("PLAINTEXT", 7001, "X", 7002, "Y", 5), "me"))
        .hasToString("[PLAINTEXT://me:7001, X://me:7002, Y://10.0.0.1:5]");
  }

  @Test
  void advertisesWhatItIsToldTo() {
    ListenersConfig config =
        read(
            "listeners", "PLAINTEXT://:9092",
            "advertised.listeners", "PLAINTEXT://[2001:db8::1]:19092");

    assertThat(problems).isEmpty();
    assertThat(config.advertised(Map.of("PLAINTEXT", 9092), "me"))
        .hasToString("[PLAINTEXT://[2001:db8::1]:19092]");
  }

  @Test
  void refusesProtocolsItDoesNotSpeak() {
    for (String protocol : List.of("SASL_PLAINTEXT", "SASL_SSL")) {
      read(
          "listeners",
          "PLAINTEXT://:9092,OUTSIDE://:9094",
          "listener.security.protocol.map",
          "PLAINTEXT:PLAINTEXT,OUTSIDE:" + protocol);
      assertThat(problems)
          .extracting(ConfigProblem::message)
          .containsExactly(
              "listeners=OUTSIDE://:9094: the security protocol "
                  + protocol
                  + " is not supported yet; PLAINTEXT and SSL are");
    }
  }

  @Test
  void doesNotAssumePlaintextBesideProtectedListeners() {
    read("listeners", "SSL://:9092,CONTROLLER://:9093", "controller.listener.names", "CONTROLLER");

    assertThat(problems)
        .extracting(ConfigProblem::message)
        .contains(
            "listeners=CONTROLLER://:9093: listener.security.protocol.map has no protocol for"
                + " CONTROLLER");
  }

  @Test
  void namesWhatCannotBeRead() {
    read("listeners", "PLAINTEXT//x,A://:1,PLAINTEXT://x:70000,PLAINTEXT://x:-1");

    assertThat(problems)
        .extracting(ConfigProblem::value)
        .containsExactly("PLAINTEXT//x", "A://:1", "PLAINTEXT://x:70000", "PLAINTEXT://x:-1");
  }

  @Test
  void refusesAddressesNobodyCanReach() {
    read("listeners", "PLAINTEXT://0.0.0.0:9092");
    assertThat(problems).extracting(ConfigProblem::key).containsExactly("listeners");

    for (String host : List.of("0.0.0.0", "[::]")) {
      read("listeners", "PLAINTEXT://:9092", "advertised.listeners", "PLAINTEXT://" + host + ":1");
      assertThat(problems).extracting(ConfigProblem::key).containsExactly("advertised.listeners");
    }
  }

  /** What both sides are given, one value per key or none. */
  private static final Map<String, List<String>> DOMAIN =
      Map.of(
          "process.roles",
          List.of("broker,controller", "broker,controller", "broker", "controller"),
          "listeners",
          List.of(
              "PLAINTEXT://:9092",
              "PLAINTEXT://:9092,CONTROLLER://:9093",
              "PLAINTEXT://127.0.0.1:9092,CONTROLLER://[::1]:9092",
              "PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.2:9092",
              "PLAINTEXT://0.0.0.0:9092,CONTROLLER://0.0.0.0:9093",
              "PLAINTEXT://h:0,CONTROLLER://h:0,INSIDE://h:0",
              "PLAINTEXT://:9092,PLAINTEXT://:9094,CONTROLLER://:9093",
              "PLAINTEXT://:9092,INSIDE://:9094,CONTROLLER://:9093",
              "plaintext://:9092,CONTROLLER://:9093",
              "CONTROLLER://:9093",
              "INSIDE://:9092,CONTROLLER://:9093",
              "PLAINTEXT:/x",
              "://x:1"),
          "advertised.listeners",
          List.of(
              "PLAINTEXT://localhost:9092",
              "PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093",
              "PLAINTEXT://localhost:9092,INSIDE://localhost:9092",
              "INSIDE://localhost:1",
              "CONTROLLER://localhost:1",
              "CONTROLLER://0.0.0.0:1",
              "PLAINTEXT://0.0.0.0:9092",
              "PLAINTEXT://:9092",
              "PLAINTEXT://a:1,PLAINTEXT://b:2"),
          "listener.security.protocol.map",
          List.of(
              "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
              "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,INSIDE:PLAINTEXT",
              "PLAINTEXT:PLAINTEXT , INSIDE:plaintext",
              "CONTROLLER:PLAINTEXT",
              "PLAINTEXT",
              "PLAINTEXT:SECRET,CONTROLLER:PLAINTEXT",
              ""),
          "inter.broker.listener.name",
          List.of("PLAINTEXT", "INSIDE", "inside", "CONTROLLER"),
          "security.inter.broker.protocol",
          List.of("PLAINTEXT", "SSL"),
          "controller.listener.names",
          List.of("CONTROLLER", "CONTROLLER,INSIDE", "INSIDE"),
          "early.start.listeners",
          List.of("", "CONTROLLER", "NOBODY"));

  private static Map<String, String> pick(Random random) {
    Map<String, String> picked = new HashMap<>();
    DOMAIN.keySet().stream()
        .sorted()
        .forEach(
            key -> {
              List<String> values = DOMAIN.get(key);
              boolean required =
                  key.equals("process.roles")
                      || key.equals("controller.listener.names")
                      || key.equals("listeners");
              if (required || random.nextInt(3) == 0) {
                picked.put(key, values.get(random.nextInt(values.size())));
              }
            });
    if (random.nextInt(2) == 0) {
      picked.put("controller.listener.names", "CONTROLLER");
    }
    return picked;
  }

  /** Kafka's configuration, or nothing if it refuses. */
  private static Optional<KafkaConfig> kafka(Map<String, String> values) {
    Properties properties = new Properties();
    properties.putAll(values);
    properties.put("node.id", "1");
    properties.put("controller.quorum.bootstrap.servers", "localhost:9093");
    try {
      return Optional.of(KafkaConfig.fromProps(properties, false));
    } catch (KafkaException | IllegalArgumentException | StringIndexOutOfBoundsException e) {
      return Optional.empty();
    }
  }

  @Test
  void readsListenersAsKafkaDoes() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    int good = 0;
    for (int round = 0; round < 3000; round++) {
      Map<String, String> values = pick(random);
      Optional<KafkaConfig> kafka = kafka(values);
      Set<NodeConfig.Role> roles =
          switch (values.get("process.roles")) {
            case "broker" -> Set.of(NodeConfig.Role.BROKER);
            case "controller" -> Set.of(NodeConfig.Role.CONTROLLER);
            default -> COMBINED.roles();
          };
      ListenersConfig ours = read(values, new NodeConfig(1, roles, Optional.empty(), false, false));

      assertThat(problems.isEmpty())
          .as("seed %d, %s, %s", seed, values, problems)
          .isEqualTo(kafka.isPresent());
      if (kafka.isPresent()) {
        good++;
        assertThat(texts(ours.brokers())).isEqualTo(kafkaTexts(kafka.get().dataPlaneListeners()));
        assertThat(texts(ours.controllers()))
            .isEqualTo(kafkaTexts(kafka.get().controllerListeners()));
        assertThat(texts(ours.advertised()))
            .isEqualTo(kafkaTexts(kafka.get().effectiveAdvertisedBrokerListeners()));
        ours.interBrokerListener()
            .ifPresent(
                name -> assertThat(name).isEqualTo(kafka.get().interBrokerListenerName().value()));
      }
    }
    assertThat(good).as("good ones, seed %d", seed).isGreaterThan(100);
  }

  private static List<String> texts(List<Listener> listeners) {
    return listeners.stream()
        .map(
            listener ->
                listener.name()
                    + " "
                    + listener.host()
                    + " "
                    + listener.port()
                    + " "
                    + listener.protocol())
        .toList();
  }

  private static List<String> kafkaTexts(scala.collection.Seq<Endpoint> endpoints) {
    return CollectionConverters.asJava(endpoints).stream()
        .map(
            endpoint ->
                endpoint.listener()
                    + " "
                    + (endpoint.host() == null ? "" : endpoint.host())
                    + " "
                    + endpoint.port()
                    + " "
                    + endpoint.securityProtocol())
        .toList();
  }
}
