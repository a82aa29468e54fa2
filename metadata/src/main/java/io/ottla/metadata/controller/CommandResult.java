package io.ottla.metadata.controller;

import io.ottla.wire.ErrorCode;
import java.util.List;

/** What a {@link Command} answers. Stays in the process, so it has no bytes. */
public sealed interface CommandResult {

  /** Nothing was done at all. */
  record Refused(ErrorCode error, String message) implements CommandResult {}

  /** Done; there is nothing to tell. */
  record Done() implements CommandResult {}

  /** One result per item, in the command's order. */
  record Items(List<ItemResult> results) implements CommandResult {}

  /** One result per partition, in the command's order. */
  record Isrs(List<IsrResult> results) implements CommandResult {}

  /** A broker is registered under this epoch. */
  record Registered(long brokerEpoch) implements CommandResult {}

  /** These producer ids belong to the broker. */
  record Allocated(ProducerIdBlock block) implements CommandResult {}
}
