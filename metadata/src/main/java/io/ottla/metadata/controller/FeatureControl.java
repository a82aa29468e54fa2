package io.ottla.metadata.controller;

import io.ottla.metadata.controller.Command.SetFeatures;
import io.ottla.metadata.image.BrokerImage;
import io.ottla.metadata.image.ConfigResource;
import io.ottla.metadata.image.MetadataDelta.ConfigChanged;
import io.ottla.metadata.image.MetadataDelta.FeatureChanged;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.wire.ErrorCode;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/** Applies new levels of features, and what follows from them. Pure. */
final class FeatureControl {

  private FeatureControl() {}

  static CommandResult setFeatures(Changes changes, SetFeatures command) {
    MetadataImage before = changes.image();
    for (Map.Entry<String, Short> planned : command.plannedFrom().entrySet()) {
      short current = before.features().getOrDefault(planned.getKey(), (short) 0);
      if (current != planned.getValue()) {
        return new CommandResult.Refused(
            ErrorCode.FEATURE_UPDATE_FAILED,
            "The level of " + planned.getKey() + " was changed meanwhile, to " + current + ".");
      }
    }
    for (BrokerImage broker : before.brokers().values()) {
      for (Map.Entry<String, Short> feature : command.levels().entrySet()) {
        String lack = FeatureCatalog.lack(broker, feature.getKey(), feature.getValue());
        if (lack != null) {
          return new CommandResult.Refused(ErrorCode.FEATURE_UPDATE_FAILED, lack);
        }
      }
    }
    new TreeMap<>(command.levels())
        .forEach(
            (feature, level) -> {
              if (!level.equals(changes.image().features().get(feature))) {
                changes.add(new FeatureChanged(feature, level));
              }
            });
    boolean had = FeatureCatalog.hasEligibleLeaders(before);
    boolean has = FeatureCatalog.hasEligibleLeaders(changes.image());
    if (has && !had) {
      fixMinInsyncReplicas(changes);
    } else if (had && !has) {
      new PartitionSweep(changes)
          .all(
              partition ->
                  partition.isr().isEmpty()
                      || !partition.elr().isEmpty()
                      || !partition.lastKnownElr().isEmpty(),
              step -> {});
    }
    return new CommandResult.Done();
  }

  /**
   * Who is eligible is decided here, and what is acknowledged is decided by leaders: both have to
   * go by the same min.insync.replicas. From now on it is the cluster's or the topic's, and never
   * one broker's own.
   */
  private static void fixMinInsyncReplicas(Changes changes) {
    ConfigResource cluster = ConfigResource.defaultBroker();
    Map<String, String> configs = changes.image().configs(cluster);
    if (!configs.containsKey(ElectionRules.MIN_INSYNC_REPLICAS)) {
      Map<String, String> more = new HashMap<>(configs);
      more.put(
          ElectionRules.MIN_INSYNC_REPLICAS,
          Integer.toString(changes.planner().minInsyncReplicas()));
      changes.add(new ConfigChanged(cluster, more));
    }
    for (ConfigResource resource : changes.image().configResources()) {
      Map<String, String> own = changes.image().configs(resource);
      if (resource.type() == ConfigResource.Type.BROKER
          && !resource.name().isEmpty()
          && own.containsKey(ElectionRules.MIN_INSYNC_REPLICAS)) {
        Map<String, String> fewer = new HashMap<>(own);
        fewer.remove(ElectionRules.MIN_INSYNC_REPLICAS);
        changes.add(new ConfigChanged(resource, fewer));
      }
    }
  }
}
