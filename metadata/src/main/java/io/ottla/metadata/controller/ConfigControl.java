package io.ottla.metadata.controller;

import io.ottla.metadata.controller.Command.AlterConfigs;
import io.ottla.metadata.controller.Command.NewConfigs;
import io.ottla.metadata.image.ConfigResource;
import io.ottla.metadata.image.MetadataDelta.ConfigChanged;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.wire.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

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
    // A broker may be asked to read a file again (a key store) by setting what is set already.
    if (!current.equals(item.configs()) || resource.type() == ConfigResource.Type.BROKER) {
      changes.add(new ConfigChanged(resource, item.configs()));
    }
    return ItemResult.DONE;
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
