package io.ottla.metadata.controller;

import io.ottla.metadata.controller.Command.AllocateProducerIds;
import io.ottla.metadata.image.MetadataDelta.ProducerIdsAllocated;
import io.ottla.wire.ErrorCode;

/** Gives producer ids away, each once. Pure. */
final class ProducerIdControl {

  private ProducerIdControl() {}

  static CommandResult allocate(Changes changes, AllocateProducerIds command) {
    CommandResult.Refused stale =
        BrokerControl.epochFlaw(changes.image(), command.brokerId(), command.brokerEpoch());
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
}
