package io.ottla.compat.upstream;

import java.net.URL;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.common.test.api.ClusterConfig;
import org.apache.kafka.common.test.api.TestKitDefaults;

/**
 * What a test's annotations ask of its cluster. Two tests with equal settings may use the same
 * cluster one after the other.
 *
 * @param combined whether controllers and brokers share nodes
 * @param formatArguments what the storage is formatted with besides the cluster's id
 */
record ClusterSettings(
    boolean combined,
    int brokers,
    int controllers,
    int disksPerBroker,
    String brokerListener,
    SecurityProtocol brokerProtocol,
    String controllerListener,
    SecurityProtocol controllerProtocol,
    boolean standalone,
    Map<String, String> properties,
    Map<Integer, Map<String, String>> propertiesOfNodes,
    List<String> formatArguments) {

  static ClusterSettings of(ClusterConfig config, boolean combined) {
    return new ClusterSettings(
        combined,
        config.numBrokers(),
        config.numControllers(),
        config.numDisksPerBroker(),
        config.brokerListenerName().value(),
        config.brokerSecurityProtocol(),
        config.controllerListenerName().value(),
        config.controllerSecurityProtocol(),
        config.standalone(),
        Map.copyOf(config.serverProperties()),
        Map.copyOf(config.perServerOverrideProperties()),
        formatArguments(config));
  }

  private static List<String> formatArguments(ClusterConfig config) {
    List<String> arguments = new ArrayList<>();
    arguments.add("--release-version");
    arguments.add(config.metadataVersion().version());
    new TreeMap<>(config.features())
        .forEach(
            (feature, level) -> {
              arguments.add("--feature");
              arguments.add(feature.featureName() + "=" + level);
            });
    return List.copyOf(arguments);
  }

  List<Integer> brokerIds() {
    return ids(TestKitDefaults.BROKER_ID_OFFSET, brokers);
  }

  List<Integer> controllerIds() {
    return ids(
        TestKitDefaults.BROKER_ID_OFFSET + (combined ? 0 : TestKitDefaults.CONTROLLER_ID_OFFSET),
        controllers);
  }

  List<Integer> nodeIds() {
    return Stream.concat(brokerIds().stream(), controllerIds().stream()).distinct().toList();
  }

  private static List<Integer> ids(int first, int count) {
    return IntStream.range(first, first + count).boxed().toList();
  }

  boolean isSecured() {
    return brokerProtocol != SecurityProtocol.PLAINTEXT
        || controllerProtocol != SecurityProtocol.PLAINTEXT
        || properties.containsKey("authorizer.class.name");
  }

  /**
   * The classes that brokers of these settings would load from the tests' own class path, which
   * only Kafka's could.
   */
  List<String> pluginClasses() {
    return Stream.concat(
            properties.values().stream(),
            propertiesOfNodes.values().stream().flatMap(all -> all.values().stream()))
        .flatMap(value -> Stream.of(value.split(",")))
        .filter(ClusterSettings::isOfTheSuite)
        .distinct()
        .toList();
  }

  private static boolean isOfTheSuite(String className) {
    URL file =
        ClusterSettings.class
            .getClassLoader()
            .getResource(className.strip().replace('.', '/') + ".class");
    return file != null && file.getPath().contains(Suite.ARTIFACT);
  }
}
