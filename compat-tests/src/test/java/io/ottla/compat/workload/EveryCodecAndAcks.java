package io.ottla.compat.workload;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * Produces with every codec, every kind of acknowledgement, idempotent and not, records with and
 * without key, value and headers; reads all of it twice, by assignment and as a group, and compares
 * record by record.
 */
public final class EveryCodecAndAcks {
  private static final List<String> CODECS = List.of("none", "gzip", "snappy", "lz4", "zstd");
  private static final int RECORDS = 60;
  private static final int PARTITIONS = 2;
  private static final long FIRST_TIMESTAMP = Session.anHourAgo();

  private EveryCodecAndAcks() {}

  public static void run(Session session) throws Exception {
    String topic = session.createTopic("codecs", PARTITIONS);
    Map<String, List<ProducerRecord<String, String>>> sent = new LinkedHashMap<>();
    for (String codec : CODECS) {
      for (String acks : List.of("0", "1", "all")) {
        sent.put(codec + " " + acks, produce(session, topic, codec, acks, false));
      }
      sent.put(codec + " idempotent", produce(session, topic, codec, "all", true));
    }

    int count = sent.values().stream().mapToInt(List::size).sum();
    try (Consumer<String, String> consumer = session.consumer()) {
      consumer.assign(List.of(new TopicPartition(topic, 0), new TopicPartition(topic, 1)));
      check(sent, session.read(consumer, count));
    }
    try (Consumer<String, String> consumer =
        session.consumer("group.id", session.name("codecs"), "check.crcs", "true")) {
      consumer.subscribe(List.of(topic));
      check(sent, session.read(consumer, count));
      consumer.commitSync();
    }
  }

  private static List<ProducerRecord<String, String>> produce(
      Session session, String topic, String codec, String acks, boolean idempotent)
      throws Exception {
    List<ProducerRecord<String, String>> records = new ArrayList<>();
    String source = codec + " " + (idempotent ? "idempotent" : acks);
    for (int i = 0; i < RECORDS; i++) {
      records.add(record(topic, source, i));
    }
    try (Producer<String, String> producer =
        session.producer(
            "acks",
            acks,
            "compression.type",
            codec,
            "enable.idempotence",
            Boolean.toString(idempotent),
            "batch.size",
            "600",
            "linger.ms",
            "2")) {
      List<Future<RecordMetadata>> answers = new ArrayList<>();
      for (ProducerRecord<String, String> record : records) {
        answers.add(producer.send(record));
      }
      producer.flush();
      long[] next = {-1, -1};
      for (Future<RecordMetadata> answer : answers) {
        RecordMetadata metadata = answer.get();
        assertThat(metadata.topic()).isEqualTo(topic);
        if (acks.equals("0")) {
          assertThat(metadata.hasOffset()).isFalse();
        } else {
          assertThat(metadata.offset()).isGreaterThan(next[metadata.partition()]);
          next[metadata.partition()] = metadata.offset();
        }
      }
    }
    return records;
  }

  private static ProducerRecord<String, String> record(String topic, String source, int i) {
    Headers headers =
        new RecordHeaders()
            .add("source", source.getBytes(StandardCharsets.UTF_8))
            .add("index", Integer.toString(i).getBytes(StandardCharsets.UTF_8));
    if (i % 5 == 0) {
      headers.add("nothing", null).add("empty", new byte[0]).add("index", new byte[] {-1, 0, 1});
    }
    return new ProducerRecord<>(
        topic,
        i % PARTITIONS,
        FIRST_TIMESTAMP + i,
        i % 3 == 0 ? null : "key " + i,
        i % 7 == 0 ? null : source.repeat(i % 11) + " value " + i,
        headers);
  }

  private static void check(
      Map<String, List<ProducerRecord<String, String>>> sent,
      List<ConsumerRecord<String, String>> read) {
    Map<String, List<List<ConsumerRecord<String, String>>>> bySource = new HashMap<>();
    long[] nextOffset = new long[PARTITIONS];
    for (ConsumerRecord<String, String> record : read) {
      assertThat(record.offset())
          .as("offset in partition %d", record.partition())
          .isEqualTo(nextOffset[record.partition()]++);
      String source =
          new String(record.headers().lastHeader("source").value(), StandardCharsets.UTF_8);
      bySource
          .computeIfAbsent(source, none -> List.of(new ArrayList<>(), new ArrayList<>()))
          .get(record.partition())
          .add(record);
    }
    assertThat(bySource.keySet()).isEqualTo(sent.keySet());
    sent.forEach(
        (source, records) -> {
          for (int partition = 0; partition < PARTITIONS; partition++) {
            int thisPartition = partition;
            assertThat(bySource.get(source).get(partition).stream().map(EveryCodecAndAcks::text))
                .as("%s, partition %d", source, partition)
                .containsExactlyElementsOf(
                    records.stream()
                        .filter(record -> record.partition() == thisPartition)
                        .map(EveryCodecAndAcks::text)
                        .toList());
          }
        });
  }

  private static String text(ProducerRecord<String, String> record) {
    return text(record.timestamp(), record.key(), record.value(), record.headers());
  }

  private static String text(ConsumerRecord<String, String> record) {
    return text(record.timestamp(), record.key(), record.value(), record.headers());
  }

  private static String text(long timestamp, String key, String value, Headers headers) {
    StringBuilder text = new StringBuilder();
    text.append(timestamp).append('|').append(key).append('|').append(value);
    for (Header header : headers) {
      text.append('|').append(header.key()).append('=');
      text.append(
          header.value() == null
              ? "null"
              : new String(header.value(), StandardCharsets.ISO_8859_1));
    }
    return text.toString();
  }
}
