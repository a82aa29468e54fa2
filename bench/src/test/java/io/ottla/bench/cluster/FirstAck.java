package io.ottla.bench.cluster;

import static io.ottla.bench.Metric.Better.LOWER;

import io.ottla.bench.Deadline;
import io.ottla.bench.MeasurementException;
import io.ottla.bench.Metric;
import io.ottla.bench.Sample;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.TopicExistsException;

/**
 * The time from the spawn of three brokers, all at once, to the first record that all three have.
 * The clients exist before and knock every few milliseconds; the topic wants three in-sync replicas
 * for every write, so that its acknowledgement cannot come from fewer.
 */
public final class FirstAck {

  static final Metric METRIC =
      new Metric("start", "three empty brokers to first ack of 3 replicas", "ms", LOWER);

  static final String TOPIC = "first";

  private static final int LIMIT_SECONDS = 120;
  private static final long KNOCK_MS = 10;

  private FirstAck() {}

  /** Starts the cluster, whose processes must not run. */
  public static Sample start(Cluster cluster) throws IOException, InterruptedException {
    Map<String, Object> impatient =
        Map.of(
            AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
            cluster.clients().bootstrap(),
            AdminClientConfig.RECONNECT_BACKOFF_MS_CONFIG,
            "5",
            AdminClientConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG,
            "5",
            AdminClientConfig.RETRY_BACKOFF_MS_CONFIG,
            "5",
            AdminClientConfig.RETRY_BACKOFF_MAX_MS_CONFIG,
            "5",
            // A broker that has not found the controller yet keeps a request for a long time.
            AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG,
            "1000",
            AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
            "1000");
    try (Admin admin = Admin.create(impatient);
        KafkaProducer<byte[], byte[]> producer =
            cluster
                .clients()
                .producer(
                    Map.of(
                        ProducerConfig.RECONNECT_BACKOFF_MS_CONFIG, "5",
                        ProducerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, "5",
                        ProducerConfig.RETRY_BACKOFF_MS_CONFIG, "5",
                        ProducerConfig.RETRY_BACKOFF_MAX_MS_CONFIG, "5",
                        ProducerConfig.LINGER_MS_CONFIG, "0"))) {
      cluster.startAll();
      Deadline.in(LIMIT_SECONDS, "a topic of 3 replicas was created")
          .await(
              KNOCK_MS,
              () -> {
                cluster.requireAllAlive();
                return created(admin);
              },
              cluster::tails);
      var _ =
          producer
              .send(new ProducerRecord<>(TOPIC, new byte[100]))
              .get(LIMIT_SECONDS, TimeUnit.SECONDS);
      long atNs = System.nanoTime();
      return METRIC.of((atNs - cluster.process(1).spawnedAtNs()) / 1e6);
    } catch (ExecutionException | TimeoutException e) {
      throw new MeasurementException("the first record was refused\n" + cluster.tails(), e);
    }
  }

  /** Fails while too few brokers have joined. */
  private static boolean created(Admin admin) {
    NewTopic topic =
        new NewTopic(TOPIC, 1, (short) Cluster.NODES).configs(Map.of("min.insync.replicas", "3"));
    try {
      admin.createTopics(List.of(topic)).all().get(LIMIT_SECONDS, TimeUnit.SECONDS);
      return true;
    } catch (ExecutionException e) {
      return e.getCause() instanceof TopicExistsException;
    } catch (TimeoutException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MeasurementException("interrupted", e);
    }
  }
}
