package io.ottla.simulation.client;

import io.ottla.simulation.client.ClientNetwork.Lane;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.InitProducerIdRequest;
import io.ottla.wire.message.InitProducerIdResponse;
import io.ottla.wire.record.BatchHeader;
import java.util.LinkedHashSet;
import java.util.Set;

/** The id and epoch of an idempotent producer, and when it takes the next epoch (KIP-360). */
final class ProducerIdentity {

  static final int VERSION = 5;

  private final ClientNetwork network;
  private final boolean isTransactional;
  private final Set<PartitionSends> toRestart = new LinkedHashSet<>();
  private long id = BatchHeader.NO_PRODUCER_ID;
  private short epoch = BatchHeader.NO_PRODUCER_EPOCH;
  private boolean isAsking;

  ProducerIdentity(ClientNetwork network, boolean isTransactional) {
    this.network = network;
    this.isTransactional = isTransactional;
  }

  long id() {
    return id;
  }

  short epoch() {
    return epoch;
  }

  boolean isTransactional() {
    return isTransactional;
  }

  boolean isKnown() {
    return id != BatchHeader.NO_PRODUCER_ID;
  }

  /** The coordinator of its transactions says who it is. */
  void set(long newId, short newEpoch) {
    id = newId;
    epoch = newEpoch;
  }

  /** What is under way to a partition has to begin again, with the next epoch. */
  void requestBump(PartitionSends sends) {
    toRestart.add(sends);
  }

  /** Takes the next epoch if that was asked for. */
  void bumpIfRequested() {
    if (toRestart.isEmpty()) {
      return;
    }
    if (epoch == Short.MAX_VALUE) {
      id = BatchHeader.NO_PRODUCER_ID;
      epoch = BatchHeader.NO_PRODUCER_EPOCH;
    } else {
      epoch++;
      network.note("takes producer epoch " + epoch);
    }
    toRestart.forEach(sends -> sends.restart(id, epoch));
    toRestart.clear();
  }

  /** Asks any broker for an id without a transactional one, unless it is doing so. */
  void ask(Runnable then) {
    if (isAsking) {
      return;
    }
    isAsking = true;
    Runnable again =
        () ->
            network.afterBackoff(
                "asks for a producer id again",
                () -> {
                  isAsking = false;
                  ask(then);
                });
    network.ask(
        network.anyBroker(),
        Lane.DATA,
        ApiKey.INIT_PRODUCER_ID,
        VERSION,
        new InitProducerIdRequest().transactionalId(null).transactionTimeoutMs(Integer.MAX_VALUE),
        answer -> onAnswer(answer, then, again),
        again);
  }

  private void onAnswer(ApiMessage answer, Runnable then, Runnable again) {
    InitProducerIdResponse response = (InitProducerIdResponse) answer;
    ErrorCode error = ErrorCode.forCode(response.errorCode());
    if (error == ErrorCode.NONE) {
      isAsking = false;
      id = response.producerId();
      epoch = response.producerEpoch();
      then.run();
    } else if (error.isRetriable()) {
      again.run();
    } else {
      throw new IllegalStateException("no producer id for " + network.name() + ": " + error);
    }
  }
}
