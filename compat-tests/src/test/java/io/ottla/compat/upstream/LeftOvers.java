package io.ottla.compat.upstream;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConfigEntry.ConfigSource;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListConfigResourcesOptions;
import org.apache.kafka.clients.admin.TopicListing;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.config.ConfigResource;

/** Removes from a cluster what a test has left in it, or finds that this cannot be done. */
final class LeftOvers {
  private static final int TIMEOUT_MS = 10_000;
  private static final String MIN_IN_SYNC = "min.insync.replicas";

  private LeftOvers() {}

  /** Whether the cluster is now as good as new. */
  static boolean remove(ProcessCluster cluster) {
    Map<String, Object> properties =
        Map.of(
            "bootstrap.servers",
            cluster.bootstrapServers(),
            "default.api.timeout.ms",
            TIMEOUT_MS,
            "request.timeout.ms",
            TIMEOUT_MS);
    try (Admin admin = Admin.create(new HashMap<>(properties))) {
      if (hasDynamicConfigs(cluster, admin)) {
        return say("dynamic settings of brokers");
      }
      if (hasNamedConfigs(admin)) {
        return say("settings of groups or of client metrics");
      }
      if (hasTransactions(admin)) {
        return say("transactional ids");
      }
      Set<String> topics =
          admin.listTopics().listings().get().stream()
              .filter(topic -> !topic.isInternal())
              .map(TopicListing::name)
              .collect(Collectors.toSet());
      admin.deleteTopics(topics).all().get();
      deleteGroups(admin);
      for (String topic : topics) {
        Convergence.awaitUnknown(cluster, topic);
      }
      return true;
    } catch (Exception e) {
      return say(e.toString());
    }
  }

  private static boolean say(String what) {
    System.err.println("A cluster is not used again: " + what);
    return false;
  }

  private static boolean hasDynamicConfigs(ProcessCluster cluster, Admin admin) throws Exception {
    List<ConfigResource> resources =
        new ArrayList<>(
            cluster.brokers().stream()
                .map(
                    broker ->
                        new ConfigResource(
                            ConfigResource.Type.BROKER, Integer.toString(broker.id())))
                .toList());
    resources.add(new ConfigResource(ConfigResource.Type.BROKER, ""));
    Collection<Config> configs = admin.describeConfigs(resources).all().get().values();
    return configs.stream()
        .flatMap(config -> config.entries().stream())
        .filter(
            entry ->
                entry.source() == ConfigSource.DYNAMIC_BROKER_CONFIG
                    || entry.source() == ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG)
        .anyMatch(entry -> !isOfTheCluster(entry, cluster.settings()));
  }

  /**
   * Where leaders may be elected from replicas out of sync, the controller itself sets this one.
   */
  private static boolean isOfTheCluster(ConfigEntry entry, ClusterSettings settings) {
    return entry.name().equals(MIN_IN_SYNC)
        && entry.value().equals(settings.properties().getOrDefault(MIN_IN_SYNC, "1"));
  }

  /** Of groups and of client metrics, which outlive what they are for. */
  private static boolean hasNamedConfigs(Admin admin) throws Exception {
    return !admin
        .listConfigResources(
            Set.of(ConfigResource.Type.GROUP, ConfigResource.Type.CLIENT_METRICS),
            new ListConfigResourcesOptions())
        .all()
        .get()
        .isEmpty();
  }

  /** Transactional ids stay for days; there is no way to remove one. */
  private static boolean hasTransactions(Admin admin) throws Exception {
    return !admin.listTransactions().all().get().isEmpty();
  }

  private static void deleteGroups(Admin admin) throws Exception {
    Map<Boolean, List<String>> groups =
        admin.listGroups().all().get().stream()
            .collect(
                Collectors.partitioningBy(
                    group -> group.type().equals(Optional.of(GroupType.SHARE)),
                    Collectors.mapping(GroupListing::groupId, Collectors.toList())));
    if (!groups.get(false).isEmpty()) {
      admin.deleteConsumerGroups(groups.get(false)).all().get();
    }
    if (!groups.get(true).isEmpty()) {
      admin.deleteShareGroups(groups.get(true)).all().get();
    }
  }
}
