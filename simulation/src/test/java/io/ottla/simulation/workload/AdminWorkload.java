package io.ottla.simulation.workload;

import io.ottla.simulation.client.Admin;
import io.ottla.simulation.client.ClientNetwork;
import io.ottla.simulation.client.TopicMaker;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * One admin who creates, configures, moves and deletes topics, and moves the replicas and leaders
 * of others' topics. In the end there is what was confirmed, nothing is deleted that was not to be,
 * and nothing has come back.
 */
public final class AdminWorkload implements Workload, SimulatedClient {

  private static final String KEY = "max.message.bytes";
  private static final long LIMIT_MS = 30_000;

  /** What a topic may be like. */
  private static final class Expected {
    private boolean mayBeThere;
    private boolean mayBeGone;
    private boolean isToGo;

    /** A creation of which nobody knows may come late, after the topic was deleted. */
    private boolean mayComeBack;

    /** The value that was confirmed last, or null. */
    private String value;

    /** Values whose setting was not confirmed, which may come late. */
    private final Set<String> inDoubt = new TreeSet<>();
  }

  private final Surroundings around;
  private final Pace pace;
  private final Map<String, Integer> others;
  private final Map<String, Expected> topics = new TreeMap<>();
  private final List<String> anomalies = new ArrayList<>();
  private final Set<String> wrong = new TreeSet<>();
  private ClientNetwork network;
  private Admin admin;
  private int left;
  private int made;
  private int confirmed;
  private boolean isBusy;
  private boolean isRead;
  private long untilMs;
  private int open;

  /**
   * @param others topics of other workloads whose replicas and leaders are moved, and how many
   *     partitions they have
   */
  public AdminWorkload(Surroundings around, Pace pace, Map<String, Integer> others) {
    this.around = around;
    this.pace = pace;
    this.others = new TreeMap<>(others);
    this.left = pace.operations();
  }

  @Override
  public String name() {
    return "admin";
  }

  @Override
  public void begin() {
    restart();
  }

  @Override
  public void restart() {
    if (network == null) {
      network = around.network(name());
      admin = new Admin(network);
      pause();
    }
  }

  @Override
  public void crash() {
    if (network != null) {
      network.close();
      network = null;
      isBusy = false;
    }
  }

  private void pause() {
    network.after(pace.nextPauseMs(around), "has something to change", this::change);
  }

  // ---- Changes, one at a time

  private void change() {
    if (left == 0) {
      return;
    }
    left--;
    List<String> there = topics.keySet().stream().filter(each -> !topics.get(each).isToGo).toList();
    int chance = around.chance(10);
    if (chance < 3 || there.isEmpty()) {
      create();
    } else if (chance < 5) {
      configure(any(there));
    } else if (chance < 6) {
      delete(any(there));
    } else if (chance < 8) {
      move(anyPartition(there));
    } else {
      elect(anyPartition(there));
    }
  }

  private <T> T any(List<T> some) {
    return some.get(around.chance(some.size()));
  }

  private TopicPartition anyPartition(List<String> there) {
    List<TopicPartition> all = new ArrayList<>();
    there.forEach(topic -> all.add(new TopicPartition(topic, 0)));
    others.forEach(
        (topic, count) -> {
          for (int i = 0; i < count; i++) {
            all.add(new TopicPartition(topic, i));
          }
        });
    return any(all);
  }

  private void begins() {
    isBusy = true;
  }

  private void ends(ErrorCode error) {
    if (error == ErrorCode.NONE) {
      confirmed++;
    } else {
      network.note("changes something: " + error);
    }
    isBusy = false;
    pause();
  }

  private void create() {
    begins();
    String topic = "admin-" + ++made;
    Expected expected = new Expected();
    expected.mayBeThere = true;
    expected.mayBeGone = true;
    topics.put(topic, expected);
    TopicMaker maker = new TopicMaker(network);
    maker.create(
        topic,
        1,
        around.replicas(),
        around.topicSettings(),
        () -> {
          expected.mayBeGone = false;
          expected.mayComeBack = maker.hasLostAnswers();
          ends(ErrorCode.NONE);
        });
  }

  private void delete(String topic) {
    begins();
    Expected expected = topics.get(topic);
    expected.isToGo = true;
    expected.mayBeGone = true;
    admin.delete(
        topic,
        error -> {
          if (error == ErrorCode.NONE) {
            expected.mayBeThere = expected.mayComeBack;
          }
          ends(error);
        });
  }

  private void configure(String topic) {
    begins();
    Expected expected = topics.get(topic);
    String value = Integer.toString(100_000 + left);
    expected.inDoubt.add(value);
    admin.configure(
        topic,
        KEY,
        value,
        error -> {
          if (error == ErrorCode.NONE) {
            expected.inDoubt.remove(value);
            expected.value = value;
          }
          ends(error);
        });
  }

  private void move(TopicPartition partition) {
    begins();
    List<Integer> replicas = new ArrayList<>(around.brokers());
    Collections.shuffle(replicas, around.timeline().random());
    int count = around.chance(4) == 0 ? around.minInSync() : around.replicas();
    admin.reassign(partition, replicas.subList(0, Math.min(count, replicas.size())), this::ends);
  }

  private void elect(TopicPartition partition) {
    begins();
    admin.electPreferred(partition, this::ends);
  }

  // ---- The end

  @Override
  public long progress() {
    return confirmed;
  }

  @Override
  public void stopIssuing() {
    left = 0;
  }

  @Override
  public boolean isDone() {
    return left == 0 && !isBusy;
  }

  @Override
  public void readToEnd() {
    restart();
    untilMs = network.nowMs() + LIMIT_MS;
    look();
  }

  /** Looks at everything, again and again until it is as it is to be or the time is over. */
  private void look() {
    wrong.clear();
    open = 1;
    admin.reassignments(
        count -> {
          if (count != 0) {
            wrong.add(count + " partitions are being reassigned");
          }
          seen();
        });
    topics.forEach(this::look);
  }

  private void look(String topic, Expected expected) {
    open++;
    admin.describe(
        topic,
        found -> {
          boolean isGone =
              found != null && found.errorCode() == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code();
          if (found == null || (isGone ? !expected.mayBeGone : !expected.mayBeThere)) {
            wrong.add(topic + " is " + (isGone ? "gone" : "there: " + found));
          } else if (!isGone && !expected.isToGo && expected.value != null) {
            lookAtValue(topic, expected);
          }
          seen();
        });
  }

  private void lookAtValue(String topic, Expected expected) {
    open++;
    admin.describeConfig(
        topic,
        KEY,
        value -> {
          if (!expected.value.equals(value)
              && (value == null || !expected.inDoubt.contains(value))) {
            wrong.add("%s has %s, not %s".formatted(topic, value, expected.value));
          }
          seen();
        });
  }

  private void seen() {
    if (--open > 0) {
      return;
    }
    if (wrong.isEmpty() || network.nowMs() >= untilMs) {
      anomalies.addAll(wrong);
      crash();
      isRead = true;
    } else {
      network.after(500, "looks again", this::look);
    }
  }

  @Override
  public boolean isRead() {
    return isRead;
  }

  @Override
  public List<String> anomalies() {
    return anomalies;
  }

  @Override
  public List<SimulatedClient> clients() {
    return List.of(this);
  }

  @Override
  public String summary() {
    return "admin: %d topics, %d changes confirmed".formatted(made, confirmed);
  }
}
