package io.ottla.simulation.workload;

import io.ottla.simulation.client.Admin;
import io.ottla.simulation.client.ClientNetwork;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;

/** An admin who would rather have any leader than none, whatever is lost. */
public final class UncleanRequests {

  private static final int PAUSE_MS = 500;

  private final Surroundings around;

  public UncleanRequests(Surroundings around) {
    this.around = around;
  }

  /** Asks for any leader until there is one, or it has taken too long. */
  public void ask(TopicPartition partition, int limitMs) {
    ClientNetwork network = around.network("unclean-admin");
    ask(network, partition, network.nowMs() + limitMs);
  }

  private void ask(ClientNetwork network, TopicPartition partition, long untilMs) {
    new Admin(network)
        .electUnclean(
            partition,
            error -> {
              network.note("wants any leader of " + partition + ": " + error);
              if (error == ErrorCode.NONE || network.nowMs() > untilMs) {
                network.close();
              } else {
                network.after(PAUSE_MS, "asks again", () -> ask(network, partition, untilMs));
              }
            });
  }
}
