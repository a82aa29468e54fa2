package io.ottla.metadata.controller;

import io.ottla.metadata.controller.Command.FenceBroker;
import io.ottla.metadata.controller.Command.RegisterBroker;
import io.ottla.metadata.controller.Command.ShutDownBroker;
import io.ottla.metadata.controller.Command.UnfenceBroker;
import io.ottla.metadata.controller.Command.UnregisterBroker;
import io.ottla.metadata.image.BrokerImage;
import io.ottla.metadata.image.MetadataDelta.BrokerFenced;
import io.ottla.metadata.image.MetadataDelta.BrokerRegistered;
import io.ottla.metadata.image.MetadataDelta.BrokerShuttingDown;
import io.ottla.metadata.image.MetadataDelta.BrokerUnfenced;
import io.ottla.metadata.image.MetadataDelta.BrokerUnregistered;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import java.util.HashSet;
import java.util.Map;

/**
 * Applies the life of brokers: registration, fencing, shutdown; and what becomes of the partitions
 * they led or were in sync with. Pure: all it reads is the image and the command.
 */
final class BrokerControl {

  private BrokerControl() {}

  /**
   * A new incarnation starts fenced and under a new epoch, which is the command's own offset. The
   * incarnation that is registered already keeps its epoch and fencing, so that asking twice does
   * no harm.
   *
   * <p>It takes the place of an earlier one that is known to be dead, or that had one of its log
   * directories: two processes cannot hold the same locked directory, so a broker that comes back
   * need not wait for the end of its dead self's session.
   *
   * <p>Which of its log directories do not serve, the new incarnation says anew.
   */
  static CommandResult registerBroker(Changes changes, RegisterBroker command) {
    BrokerImage broker = command.broker();
    CommandResult.Refused refused = flaw(changes.image(), broker);
    if (refused != null) {
      return refused;
    }
    BrokerImage existing = changes.image().broker(broker.id());
    if (existing != null && existing.incarnationId().equals(broker.incarnationId())) {
      BrokerImage amended =
          registration(
              broker, existing.epoch(), existing.fenced(), existing.inControlledShutdown());
      if (!amended.equals(existing)) {
        changes.add(new BrokerRegistered(amended));
      }
      return new CommandResult.Registered(existing.epoch());
    }
    if (existing != null && !command.mayReplace(existing)) {
      return new CommandResult.Refused(
          ErrorCode.DUPLICATE_BROKER_REGISTRATION,
          "Another process is broker "
              + broker.id()
              + " and alive, with other log directories. Give this one a node.id of its own; if its"
              + " disks were replaced while the old process ran, stop that one first.");
    }
    boolean clean = existing != null && command.previousBrokerEpoch() == existing.epoch();
    changes.add(new BrokerRegistered(registration(broker, changes.offset(), true, false)));
    PartitionSweep sweep = new PartitionSweep(changes);
    int id = broker.id();
    if (clean || !sweep.rules().eligibleLeaders()) {
      sweep.all(
          partition -> partition.isr().contains(id) || partition.lost().contains(id),
          step -> step.left(id).serving(id));
    } else {
      sweep.all(
          partition ->
              partition.isr().contains(id)
                  || partition.elr().contains(id)
                  || partition.lost().contains(id),
          step -> step.crashed(id).serving(id));
    }
    return new CommandResult.Registered(changes.offset());
  }

  private static BrokerImage registration(
      BrokerImage asked, long epoch, boolean fenced, boolean inControlledShutdown) {
    return new BrokerImage(
        asked.id(),
        epoch,
        asked.incarnationId(),
        asked.endpoints(),
        asked.rack(),
        asked.features(),
        asked.directories(),
        fenced,
        inControlledShutdown);
  }

  private static CommandResult.Refused flaw(MetadataImage image, BrokerImage broker) {
    if (broker.id() < 0) {
      return invalid("a broker's id cannot be " + broker.id());
    }
    if (broker.directories().isEmpty()) {
      return invalid("broker " + broker.id() + " names no log directory");
    }
    if (new HashSet<>(broker.directories()).size() != broker.directories().size()) {
      return invalid("broker " + broker.id() + " names a log directory twice");
    }
    for (BrokerImage other : image.brokers().values()) {
      for (Uuid directory : broker.directories()) {
        if (other.id() != broker.id() && other.directories().contains(directory)) {
          return invalid("log directory " + directory + " belongs to broker " + other.id());
        }
      }
    }
    for (Map.Entry<String, Short> feature : image.features().entrySet()) {
      String lack = FeatureCatalog.lack(broker, feature.getKey(), feature.getValue());
      if (lack != null) {
        return new CommandResult.Refused(ErrorCode.UNSUPPORTED_VERSION, lack);
      }
    }
    return null;
  }

  private static CommandResult.Refused invalid(String why) {
    return new CommandResult.Refused(ErrorCode.INVALID_REGISTRATION, why);
  }

  /** A broker may lead: it is elected wherever nobody leads and it is in sync or eligible. */
  static CommandResult unfenceBroker(Changes changes, UnfenceBroker command) {
    CommandResult.Refused stale =
        epochFlaw(changes.image(), command.brokerId(), command.brokerEpoch());
    if (stale != null) {
      return stale;
    }
    if (changes.image().broker(command.brokerId()).fenced()) {
      changes.add(new BrokerUnfenced(command.brokerId(), command.brokerEpoch()));
      new PartitionSweep(changes)
          .all(
              partition ->
                  !partition.hasLeader() && partition.replicas().contains(command.brokerId()),
              step -> {});
    }
    return new CommandResult.Done();
  }

  /** A broker leads no longer and leaves the in-sync replicas. */
  static CommandResult fenceBroker(Changes changes, FenceBroker command) {
    CommandResult.Refused stale =
        epochFlaw(changes.image(), command.brokerId(), command.brokerEpoch());
    if (stale != null) {
      return stale;
    }
    if (!changes.image().broker(command.brokerId()).fenced()) {
      changes.add(new BrokerFenced(command.brokerId(), command.brokerEpoch()));
      leave(changes, command.brokerId());
    }
    return new CommandResult.Done();
  }

  /** A broker is about to stop: others lead from now on, while it still serves. */
  static CommandResult shutDownBroker(Changes changes, ShutDownBroker command) {
    CommandResult.Refused stale =
        epochFlaw(changes.image(), command.brokerId(), command.brokerEpoch());
    if (stale != null) {
      return stale;
    }
    BrokerImage broker = changes.image().broker(command.brokerId());
    if (!broker.fenced()) {
      if (!broker.inControlledShutdown()) {
        changes.add(new BrokerShuttingDown(command.brokerId(), command.brokerEpoch()));
      }
      leave(changes, command.brokerId());
    }
    return new CommandResult.Done();
  }

  /** A broker is forgotten; its partitions keep their assignments. */
  static CommandResult unregisterBroker(Changes changes, UnregisterBroker command) {
    BrokerImage broker = changes.image().broker(command.brokerId());
    if (broker == null) {
      return new CommandResult.Refused(
          ErrorCode.BROKER_ID_NOT_REGISTERED,
          "Broker ID " + command.brokerId() + " is not currently registered");
    }
    changes.add(new BrokerUnregistered(broker.id(), broker.epoch()));
    new PartitionSweep(changes)
        .all(
            partition ->
                partition.isr().contains(broker.id()) || partition.lost().contains(broker.id()),
            step -> step.left(broker.id()).serving(broker.id()));
    return new CommandResult.Done();
  }

  private static void leave(Changes changes, int brokerId) {
    new PartitionSweep(changes)
        .all(partition -> partition.isr().contains(brokerId), step -> step.left(brokerId));
  }

  /** Why a broker of this epoch may not ask; null when it may. */
  static CommandResult.Refused epochFlaw(MetadataImage image, int brokerId, long epoch) {
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
