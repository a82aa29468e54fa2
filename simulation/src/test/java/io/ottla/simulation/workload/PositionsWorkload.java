package io.ottla.simulation.workload;

import io.ottla.simulation.client.ClientNetwork;
import io.ottla.simulation.client.TopicMaker;
import io.ottla.wire.TopicPartition;
import java.util.ArrayList;
import java.util.List;

/**
 * A few groups, each with one client that commits its positions plainly and in transactions, and
 * looks where it is: nothing but its commits changes that, and the last one counts.
 */
public final class PositionsWorkload implements Workload {

  private static final String TOPIC = "positions";
  private static final int CLIENTS = 2;

  private final Surroundings around;
  private final List<PositionsClient> clients = new ArrayList<>();
  private final List<String> anomalies = new ArrayList<>();
  private boolean isBegun;
  private boolean isStopped;
  private long looksBefore = -1;

  public PositionsWorkload(Surroundings around, Pace pace) {
    this.around = around;
    for (int i = 0; i < CLIENTS; i++) {
      clients.add(
          new PositionsClient(
              around,
              "positions-client-" + i,
              "positions-group-" + i,
              new TopicPartition(TOPIC, 0),
              pace,
              anomalies::add));
    }
  }

  @Override
  public String name() {
    return "positions";
  }

  @Override
  public void begin() {
    ClientNetwork network = around.network("positions-maker");
    new TopicMaker(network)
        .create(
            TOPIC,
            1,
            around.replicas(),
            around.topicSettings(),
            () -> {
              network.close();
              isBegun = true;
              clients.forEach(SimulatedClient::restart);
            });
  }

  @Override
  public long progress() {
    return clients.stream().mapToLong(PositionsClient::looks).sum();
  }

  @Override
  public void stopIssuing() {
    isStopped = true;
    clients.forEach(PositionsClient::stopIssuing);
  }

  @Override
  public boolean isDone() {
    return (isBegun || isStopped) && clients.stream().allMatch(PositionsClient::isDone);
  }

  /** Each client looks once more, as a new one. */
  @Override
  public void readToEnd() {
    looksBefore = progress();
    clients.forEach(SimulatedClient::crash);
    clients.forEach(SimulatedClient::restart);
  }

  @Override
  public boolean isRead() {
    return looksBefore >= 0 && progress() >= looksBefore + clients.size();
  }

  @Override
  public List<String> anomalies() {
    return anomalies;
  }

  @Override
  public List<PositionsClient> clients() {
    return clients;
  }

  @Override
  public String summary() {
    return "positions: %d looks".formatted(progress());
  }
}
