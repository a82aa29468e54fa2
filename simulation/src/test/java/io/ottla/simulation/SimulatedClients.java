package io.ottla.simulation;

import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.TopicPartition;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;

/** Connections of simulated clients to the brokers of a simulated cluster. */
final class SimulatedClients implements ClientLinks {

  private final Timeline timeline;
  private final SimulatedNetwork network;
  private final IntFunction<String> hosts;
  private final int port;
  private final SpoiltReplicas spoilt;

  SimulatedClients(
      Timeline timeline,
      SimulatedNetwork network,
      IntFunction<String> hosts,
      int port,
      SpoiltReplicas spoilt) {
    this.spoilt = spoilt;
    this.timeline = timeline;
    this.network = network;
    this.hosts = hosts;
    this.port = port;
  }

  @Override
  public ClientLink connect(String client, int brokerId) {
    Pipe.End end = network.connect(client, hosts.apply(brokerId), port);
    return end == null
        ? new Refused()
        : new Connected(new AskingConnection(end, Runnable::run, client));
  }

  @Override
  public boolean isToldOfDamage(TopicPartition partition) {
    return spoilt.isTold(partition);
  }

  private record Connected(AskingConnection connection) implements ClientLink {

    @Override
    public CompletableFuture<ApiMessage> send(ApiKey api, short version, ApiMessage request) {
      return connection.send(api, version, request);
    }

    @Override
    public boolean isOpen() {
      return connection.isOpen();
    }

    @Override
    public void close() {
      connection.close();
    }
  }

  /** Nobody listens there. */
  private final class Refused implements ClientLink {

    private boolean open = true;

    @Override
    public CompletableFuture<ApiMessage> send(ApiKey api, short version, ApiMessage request) {
      CompletableFuture<ApiMessage> answer = new CompletableFuture<>();
      timeline.afterMs(
          1,
          "refused",
          () -> {
            open = false;
            answer.completeExceptionally(new Lost("the connection was refused"));
          });
      return answer;
    }

    @Override
    public boolean isOpen() {
      return open;
    }

    @Override
    public void close() {
      open = false;
    }
  }
}
