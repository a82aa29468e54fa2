package io.ottla.compat.upstream;

import io.ottla.compat.Await;
import io.ottla.compat.cluster.MetadataProbe;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;

/** Waits, by asking every broker that lives, until all of them have taken something in. */
final class Convergence {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final Duration FILES_LIMIT = Duration.ofSeconds(15);

  private Convergence() {}

  /** Waits for anything else. */
  static void await(String description, Callable<Boolean> condition) throws Exception {
    Await.until(description, LIMIT, condition);
  }

  /** All living brokers are counted by all living brokers. */
  static void awaitBrokers(ProcessCluster cluster, Supplier<Admin> admins) throws Exception {
    Set<Integer> living =
        cluster.livingBrokers().stream().map(OutsideNode::id).collect(Collectors.toSet());
    String description = "all brokers know " + living;
    if (cluster.settings().isSecured()) {
      try (Admin admin = admins.get()) {
        await(description, () -> admin.describeCluster().nodes().get().size() == living.size());
      }
      return;
    }
    for (OutsideNode broker : cluster.livingBrokers()) {
      await(description, () -> MetadataProbe.askOnce(broker.port()).brokers().containsAll(living));
    }
  }

  /** All know a topic with this many partitions. */
  static void awaitTopic(
      ProcessCluster cluster, Supplier<Admin> admins, String topic, int partitions)
      throws Exception {
    String description = topic + " metadata not propagated";
    if (cluster.settings().isSecured()) {
      try (Admin admin = admins.get()) {
        await(description, () -> partitions(admin, topic) == partitions);
      }
      return;
    }
    for (OutsideNode broker : cluster.livingBrokers()) {
      await(
          description,
          () -> MetadataProbe.askOnce(broker.port(), topic).partitions().size() == partitions);
    }
    awaitAgreement(cluster);
  }

  private static int partitions(Admin admin, String topic) throws InterruptedException {
    try {
      return admin
          .describeTopics(List.of(topic))
          .topicNameValues()
          .get(topic)
          .get()
          .partitions()
          .size();
    } catch (ExecutionException unknown) {
      return 0;
    }
  }

  /** None knows a topic any longer, and its files are gone. */
  static void awaitDeletion(ProcessCluster cluster, String topic) throws Exception {
    awaitUnknown(cluster, topic);
    Pattern directory = Pattern.compile(Pattern.quote(topic) + "-\\d+(\\..*-delete)?");
    for (OutsideNode broker : cluster.livingBrokers()) {
      Await.until(
          topic + " still on the disks of broker " + broker.id(),
          FILES_LIMIT,
          () ->
              broker.logDirectories().stream()
                  .noneMatch(logDirectory -> contains(logDirectory, directory)));
    }
  }

  /** None knows a topic any longer. */
  static void awaitUnknown(ProcessCluster cluster, String topic) throws Exception {
    for (OutsideNode broker : cluster.livingBrokers()) {
      Await.until(
          topic + " metadata not propagated",
          LIMIT,
          () -> {
            MetadataProbe.Answer answer = MetadataProbe.askOnce(broker.port(), topic);
            return !answer.brokers().isEmpty() && answer.partitions().isEmpty();
          });
    }
  }

  private static boolean contains(Path logDirectory, Pattern name) {
    try (Stream<Path> all = Files.list(logDirectory)) {
      return all.anyMatch(path -> name.matcher(path.getFileName().toString()).matches());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All brokers say the same of all topics, two times in a row. */
  static void awaitAgreement(ProcessCluster cluster) throws Exception {
    Await.until(
        "all brokers agree on all topics",
        LIMIT,
        () -> {
          Set<MetadataProbe.Answer> first = answers(cluster);
          return first.size() == 1 && first.equals(answers(cluster));
        });
  }

  private static Set<MetadataProbe.Answer> answers(ProcessCluster cluster) {
    Set<MetadataProbe.Answer> answers = new HashSet<>();
    for (OutsideNode broker : cluster.livingBrokers()) {
      answers.add(MetadataProbe.askOfAllTopics(broker.port()));
    }
    return answers;
  }
}
