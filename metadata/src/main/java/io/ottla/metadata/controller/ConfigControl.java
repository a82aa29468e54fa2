package io.ottla.metadata.controller;

import io.ottla.metadata.controller.Command.AlterConfigs;
import io.ottla.metadata.controller.Command.NewConfigs;
import io.ottla.metadata.image.ConfigResource;
import io.ottla.metadata.image.MetadataDelta.ConfigChanged;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.wire.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;

/** Applies changes of settings. Pure: all it reads is the image and the command. */
final class ConfigControl {

  private ConfigControl() {}

  static CommandResult alterConfigs(Changes changes, AlterConfigs command) {
    List<ItemResult> results = new ArrayList<>(command.resources().size());
    for (NewConfigs item : command.resources()) {
      results.add(alter(changes, item));
    }
    return new CommandResult.Items(results);
  }

  private static ItemResult alter(Changes changes, NewConfigs item) {
    ConfigResource resource = item.resource();
    ItemResult missing = missing(changes.image(), resource);
    if (missing != null) {
      return missing;
    }
    Map<String, String> current = changes.image().configs(resource);
    if (CommandCodec.fingerprint(current) != item.plannedFrom()) {
      return ItemResult.stale(
          ErrorCode.REQUEST_TIMED_OUT, "The settings of " + resource + " keep changing.");
    }
    ItemResult flaw = minInsyncReplicasFlaw(changes.image(), resource, current, item.configs());
    if (flaw != null) {
      return flaw;
    }
    // A broker may be asked to read a file again (a key store) by setting what is set already.
    if (!current.equals(item.configs()) || resource.type() == ConfigResource.Type.BROKER) {
      changes.add(new ConfigChanged(resource, item.configs()));
    }
    if (differs(ElectionRules.MIN_INSYNC_REPLICAS, current, item.configs())
        || differs(ElectionRules.UNCLEAN_ELECTION, current, item.configs())) {
      reconsider(changes, resource);
    }
    return ItemResult.DONE;
  }

  private static boolean differs(
      String key, Map<String, String> before, Map<String, String> after) {
    return !Objects.equals(before.get(key), after.get(key));
  }

  /**
   * While eligible leaders are kept, all leaders have to go by the min.insync.replicas that is
   * known here: one broker's own is not, and the cluster's must not fall back to somebody's file.
   */
  private static ItemResult minInsyncReplicasFlaw(
      MetadataImage image,
      ConfigResource resource,
      Map<String, String> before,
      Map<String, String> after) {
    if (resource.type() != ConfigResource.Type.BROKER
        || !FeatureCatalog.hasEligibleLeaders(image)
        || !differs(ElectionRules.MIN_INSYNC_REPLICAS, before, after)) {
      return null;
    }
    if (!resource.name().isEmpty()) {
      return ItemResult.refused(
          ErrorCode.INVALID_CONFIG,
          "Broker-level min.insync.replicas cannot be altered while ELR is enabled.");
    }
    return after.containsKey(ElectionRules.MIN_INSYNC_REPLICAS)
        ? null
        : ItemResult.refused(
            ErrorCode.INVALID_CONFIG,
            "Cluster-level min.insync.replicas cannot be removed while ELR is enabled.");
  }

  /**
   * With fewer replicas needed in sync, those that are eligible may not be any more; with unclean
   * elections allowed, somebody may lead where nobody does.
   */
  private static void reconsider(Changes changes, ConfigResource resource) {
    PartitionSweep sweep = new PartitionSweep(changes);
    Predicate<PartitionImage> concerned =
        partition -> !partition.hasLeader() || !partition.elr().isEmpty();
    switch (resource.type()) {
      case TOPIC -> sweep.topic(changes.image().topic(resource.name()), concerned, step -> {});
      case BROKER -> sweep.all(concerned, step -> {});
      case GROUP, CLIENT_METRICS, KAFKA -> {}
    }
  }

  /** Groups and client-metrics subscriptions come into being by their settings. */
  static ItemResult missing(MetadataImage image, ConfigResource resource) {
    return switch (resource.type()) {
      case TOPIC ->
          image.topic(resource.name()) != null
              ? null
              : ItemResult.refused(
                  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
                  "Topic '" + resource.name() + "' does not exist.");
      case BROKER ->
          resource.name().isEmpty() || isRegistered(image, resource.name())
              ? null
              : ItemResult.refused(
                  ErrorCode.BROKER_ID_NOT_REGISTERED,
                  "Broker " + resource.name() + " is not registered.");
      case GROUP, CLIENT_METRICS -> null;
      case KAFKA ->
          ItemResult.refused(
              ErrorCode.INVALID_REQUEST, "What was taken over from Kafka cannot be configured.");
    };
  }

  private static boolean isRegistered(MetadataImage image, String brokerId) {
    try {
      return image.broker(Integer.parseInt(brokerId)) != null;
    } catch (NumberFormatException e) {
      return false;
    }
  }
}
