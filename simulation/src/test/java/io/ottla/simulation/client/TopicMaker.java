package io.ottla.simulation.client;

import io.ottla.simulation.client.ClientNetwork.Lane;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.CreateTopicsRequest;
import io.ottla.wire.message.CreateTopicsResponse;
import java.util.Map;

/** Creates topics, asking any broker until they are there. */
public final class TopicMaker {

  private static final int VERSION = 7;

  private final ClientNetwork network;
  private boolean hasLostAnswers;

  public TopicMaker(ClientNetwork network) {
    this.network = network;
  }

  /** Creates one with these settings. */
  public void create(
      String name, int partitions, int replicas, Map<String, String> settings, Runnable then) {
    CreateTopicsRequest.CreatableTopic topic =
        new CreateTopicsRequest.CreatableTopic()
            .name(name)
            .numPartitions(partitions)
            .replicationFactor((short) replicas);
    settings.forEach(
        (key, value) ->
            topic
                .configs()
                .add(new CreateTopicsRequest.CreatableTopicConfig().name(key).value(value)));
    CreateTopicsRequest request = new CreateTopicsRequest().timeoutMs(network.times().requestMs());
    request.topics().add(topic);
    Runnable again =
        () ->
            network.afterBackoff(
                "creates a topic again", () -> create(name, partitions, replicas, settings, then));
    network.ask(
        network.anyBroker(),
        Lane.DATA,
        ApiKey.CREATE_TOPICS,
        VERSION,
        request,
        answer -> {
          CreateTopicsResponse.CreatableTopicResult told =
              ((CreateTopicsResponse) answer).topics().getFirst();
          ErrorCode error = ErrorCode.forCode(told.errorCode());
          if (error == ErrorCode.NONE || error == ErrorCode.TOPIC_ALREADY_EXISTS) {
            then.run();
          } else {
            network.note("creates " + name + ": " + error + " " + told.errorMessage());
            again.run(); // as long as brokers are missing, not even that error is the last word
          }
        },
        () -> {
          hasLostAnswers = true;
          again.run();
        });
  }

  /** Whether there were requests of which it does not know what became of them. */
  public boolean hasLostAnswers() {
    return hasLostAnswers;
  }
}
