package io.ottla.simulation.client;

import io.ottla.simulation.client.ClientNetwork.Lane;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.MetadataRequest;
import io.ottla.wire.message.MetadataResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What one client knows of topics and their leaders: never an older leader epoch of a topic than it
 * has known. Asks again when it is told to, and now and then; one question at a time.
 *
 * <p>Used on the timeline's thread.
 */
public final class ClientMetadata {

  private static final int VERSION = 13;
  private static final int NOBODY = -1;

  /** Who leads a partition. */
  public record Leader(int broker, int epoch) {
    /** Whether there is one. */
    public boolean isKnown() {
      return broker != NOBODY;
    }
  }

  private static final class Topic {
    private Uuid id;
    private final Map<Integer, Leader> leaders = new TreeMap<>();

    private Topic(Uuid id) {
      this.id = id;
    }
  }

  private final ClientNetwork network;
  private final TreeSet<String> wanted = new TreeSet<>();
  private final Map<String, Topic> topics = new TreeMap<>();
  private final List<Runnable> listeners = new ArrayList<>();
  private boolean isAsking;
  private boolean isToAsk;

  public ClientMetadata(ClientNetwork network) {
    this.network = network;
    age();
  }

  private void age() {
    network.after(
        network.times().metadataAgeMs(),
        "finds its metadata old",
        () -> {
          requestUpdate();
          age();
        });
  }

  /** Is called whenever an answer has come. */
  public void onUpdate(Runnable listener) {
    listeners.add(listener);
  }

  /** Wants to know of a topic from now on. */
  public void use(String topic) {
    if (wanted.add(topic)) {
      requestUpdate();
    }
  }

  /** The topic's id, or null if it is not known. */
  public Uuid topicId(String topic) {
    Topic known = topics.get(topic);
    return known == null ? null : known.id;
  }

  /** Who leads a partition, or null: then metadata should be asked for. */
  public Leader leader(String topic, int partition) {
    Topic known = topics.get(topic);
    Leader leader = known == null ? null : known.leaders.get(partition);
    return leader == null || !leader.isKnown() ? null : leader;
  }

  /** How many partitions are known of a topic. */
  public int partitionCount(String topic) {
    Topic known = topics.get(topic);
    return known == null ? 0 : known.leaders.size();
  }

  /** What it knows may be wrong. */
  public void requestUpdate() {
    if (wanted.isEmpty()) {
      return;
    }
    if (isAsking) {
      isToAsk = true;
      return;
    }
    isAsking = true;
    network.ask(
        network.anyBroker(),
        Lane.DATA,
        ApiKey.METADATA,
        VERSION,
        request(),
        this::onAnswer,
        () -> askAgain(true));
  }

  private MetadataRequest request() {
    MetadataRequest request = new MetadataRequest().allowAutoTopicCreation(false);
    for (String name : wanted) {
      request.topics().add(new MetadataRequest.MetadataRequestTopic().name(name));
    }
    return request;
  }

  /** The next question, if there is to be one, waits for a while. */
  private void askAgain(boolean failed) {
    isToAsk |= failed;
    network.afterBackoff(
        "may ask for metadata",
        () -> {
          isAsking = false;
          if (isToAsk) {
            isToAsk = false;
            requestUpdate();
          }
        });
  }

  private void onAnswer(ApiMessage answer) {
    boolean isIncomplete = false;
    for (MetadataResponse.MetadataResponseTopic each : ((MetadataResponse) answer).topics()) {
      if (each.errorCode() != ErrorCode.NONE.code()) {
        // A broker that has not heard of a topic yet is no reason to forget it.
        isIncomplete = true;
        continue;
      }
      isIncomplete |= !learn(each);
    }
    askAgain(isIncomplete);
    List.copyOf(listeners).forEach(Runnable::run);
  }

  /** Takes over what is not older; whether every partition has a leader. */
  private boolean learn(MetadataResponse.MetadataResponseTopic told) {
    Topic known = topics.get(told.name());
    if (known == null || !known.id.equals(told.topicId())) {
      known = new Topic(told.topicId());
      topics.put(told.name(), known);
    }
    boolean all = true;
    for (MetadataResponse.MetadataResponsePartition each : told.partitions()) {
      Leader before = known.leaders.get(each.partitionIndex());
      if (before == null || each.leaderEpoch() >= before.epoch()) {
        int leader = each.errorCode() == ErrorCode.NONE.code() ? each.leaderId() : NOBODY;
        known.leaders.put(each.partitionIndex(), new Leader(leader, each.leaderEpoch()));
      }
      all &= known.leaders.get(each.partitionIndex()).isKnown();
    }
    return all;
  }

  /** An answer to something else named the leader (KIP-951); -1 if it did not. */
  public void learnLeader(String topic, int partition, int broker, int epoch) {
    Topic known = topics.get(topic);
    if (broker == NOBODY || known == null) {
      return;
    }
    Leader before = known.leaders.get(partition);
    if (before != null && epoch > before.epoch()) {
      known.leaders.put(partition, new Leader(broker, epoch));
    }
  }
}
