package io.ottla.metadata.controller;

import io.ottla.metadata.controller.Command.AllocateProducerIds;
import io.ottla.metadata.controller.Command.FenceBroker;
import io.ottla.metadata.controller.Command.RegisterBroker;
import io.ottla.metadata.controller.Command.SetFeatures;
import io.ottla.metadata.controller.Command.UnfenceBroker;
import io.ottla.metadata.image.BrokerImage;
import io.ottla.metadata.image.FeatureRange;
import io.ottla.metadata.image.MetadataDelta.BrokerFenced;
import io.ottla.metadata.image.MetadataDelta.BrokerRegistered;
import io.ottla.metadata.image.MetadataDelta.BrokerUnfenced;
import io.ottla.metadata.image.MetadataDelta.FeatureChanged;
import io.ottla.metadata.image.MetadataDelta.ProducerIdsAllocated;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import java.util.HashSet;
import java.util.Map;
import java.util.TreeMap;

/**
 * Applies what brokers ask for themselves: registration, fencing, producer ids; and the levels of
 * features. Pure: all it reads is the image and the command.
 */
final class ClusterControl {

  private ClusterControl() {}

  /**
   * A new incarnation starts fenced and under a new epoch, which is the command's own offset. The
   * incarnation that is registered already keeps its epoch and fencing, so that asking twice does
   * no harm.
   */
  static CommandResult registerBroker(Changes changes, RegisterBroker command) {
    BrokerImage broker = command.broker();
    CommandResult.Refused refused = registrationFlaw(changes.image(), broker);
    if (refused != null) {
      return refused;
    }
    BrokerImage existing = changes.image().broker(broker.id());
    boolean known = existing != null && existing.incarnationId().equals(broker.incarnationId());
    if (existing != null && !known && !existing.fenced()) {
      if (!command.replacesLive()) {
        return new CommandResult.Refused(
            ErrorCode.DUPLICATE_BROKER_REGISTRATION,
            "Broker "
                + broker.id()
                + " is registered by another process. If this one was restarted, the registration"
                + " ends with its session.");
      }
      PartitionElection.brokerStopped(changes, broker.id());
    }
    BrokerImage accepted =
        known
            ? registration(broker, existing.epoch(), existing.fenced())
            : registration(broker, changes.offset(), true);
    if (!accepted.equals(existing)) {
      changes.add(new BrokerRegistered(accepted));
    }
    return new CommandResult.Registered(accepted.epoch());
  }

  private static BrokerImage registration(BrokerImage asked, long epoch, boolean fenced) {
    return new BrokerImage(
        asked.id(),
        epoch,
        asked.incarnationId(),
        asked.endpoints(),
        asked.rack(),
        asked.features(),
        asked.directories(),
        fenced);
  }

  private static CommandResult.Refused registrationFlaw(MetadataImage image, BrokerImage broker) {
    if (broker.id() < 0) {
      return invalidRegistration("a broker's id cannot be " + broker.id());
    }
    if (broker.directories().isEmpty()) {
      return invalidRegistration("broker " + broker.id() + " names no log directory");
    }
    if (new HashSet<>(broker.directories()).size() != broker.directories().size()) {
      return invalidRegistration("broker " + broker.id() + " names a log directory twice");
    }
    for (BrokerImage other : image.brokers().values()) {
      for (Uuid directory : broker.directories()) {
        if (other.id() != broker.id() && other.directories().contains(directory)) {
          return invalidRegistration(
              "log directory " + directory + " belongs to broker " + other.id());
        }
      }
    }
    for (Map.Entry<String, Short> feature : image.features().entrySet()) {
      String lack = lack(broker, feature.getKey(), feature.getValue());
      if (lack != null) {
        return new CommandResult.Refused(ErrorCode.UNSUPPORTED_VERSION, lack);
      }
    }
    return null;
  }

  private static CommandResult.Refused invalidRegistration(String why) {
    return new CommandResult.Refused(ErrorCode.INVALID_REGISTRATION, why);
  }

  /** Level 0 is a feature that is off: nobody has to support that. */
  private static String lack(BrokerImage broker, String feature, short level) {
    FeatureRange range =
        broker.features().getOrDefault(feature, new FeatureRange((short) 0, (short) 0));
    return level == 0 || range.contains(level)
        ? null
        : "Broker "
            + broker.id()
            + " supports "
            + feature
            + " from "
            + range.min()
            + " to "
            + range.max()
            + ", not "
            + level
            + ".";
  }

  static CommandResult unfenceBroker(Changes changes, UnfenceBroker command) {
    CommandResult.Refused stale =
        epochFlaw(changes.image(), command.brokerId(), command.brokerEpoch());
    if (stale != null) {
      return stale;
    }
    if (changes.image().broker(command.brokerId()).fenced()) {
      changes.add(new BrokerUnfenced(command.brokerId(), command.brokerEpoch()));
      PartitionElection.brokerStarted(changes, command.brokerId());
    }
    return new CommandResult.Done();
  }

  static CommandResult fenceBroker(Changes changes, FenceBroker command) {
    CommandResult.Refused stale =
        epochFlaw(changes.image(), command.brokerId(), command.brokerEpoch());
    if (stale != null) {
      return stale;
    }
    if (!changes.image().broker(command.brokerId()).fenced()) {
      changes.add(new BrokerFenced(command.brokerId(), command.brokerEpoch()));
      PartitionElection.brokerStopped(changes, command.brokerId());
    }
    return new CommandResult.Done();
  }

  static CommandResult allocateProducerIds(Changes changes, AllocateProducerIds command) {
    CommandResult.Refused stale =
        epochFlaw(changes.image(), command.brokerId(), command.brokerEpoch());
    if (stale != null) {
      return stale;
    }
    long first = changes.image().nextProducerId();
    if (first > Long.MAX_VALUE - ProducerIdBlock.COUNT) {
      return new CommandResult.Refused(
          ErrorCode.UNKNOWN_SERVER_ERROR, "All producer ids have been given away.");
    }
    changes.add(
        new ProducerIdsAllocated(
            command.brokerId(), command.brokerEpoch(), first + ProducerIdBlock.COUNT));
    return new CommandResult.Allocated(new ProducerIdBlock(first, ProducerIdBlock.COUNT));
  }

  static CommandResult setFeatures(Changes changes, SetFeatures command) {
    for (BrokerImage broker : changes.image().brokers().values()) {
      for (Map.Entry<String, Short> feature : command.levels().entrySet()) {
        String lack = lack(broker, feature.getKey(), feature.getValue());
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
    return new CommandResult.Done();
  }

  private static CommandResult.Refused epochFlaw(MetadataImage image, int brokerId, long epoch) {
    BrokerImage broker = image.broker(brokerId);
    if (broker == null) {
      return new CommandResult.Refused(
          ErrorCode.BROKER_ID_NOT_REGISTERED, "Broker " + brokerId + " is not registered.");
    }
    if (broker.epoch() != epoch) {
      return new CommandResult.Refused(
          ErrorCode.STALE_BROKER_EPOCH,
          "Broker " + brokerId + " has epoch " + broker.epoch() + ", not " + epoch + ".");
    }
    return null;
  }
}
