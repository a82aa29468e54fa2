package io.ottla.compat.streams;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.JoinWindows;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.KTable;

/**
 * Orders and payments of an account that are near each other in time (a join of two streams, with a
 * windowed store for each), then, through a repartition topic, the customer's name (a join with a
 * table). Payments look like {@code p7}, orders like {@code o3:c1}, results like {@code
 * o3:c1+p7=name}. As long as the table does not change, what comes out does not depend on the order
 * in which partitions are read.
 */
public final class Settlement implements Supplier<Topology> {
  public static final String ORDERS = "orders";
  public static final String PAYMENTS = "payments";
  public static final String CUSTOMERS = "customers";
  public static final String OUTPUT = "settled";
  private static final int ACCOUNTS = 50;
  private static final int CUSTOMER_COUNT = 20;
  private static final long STEP_MS = 10;
  private static final int JITTER_MS = 200;
  private static final Duration WINDOW = Duration.ofSeconds(2);

  @Override
  public Topology get() {
    StreamsBuilder builder = new StreamsBuilder();
    KStream<String, String> orders = builder.stream(ORDERS);
    KStream<String, String> payments = builder.stream(PAYMENTS);
    KTable<String, String> customers = builder.table(CUSTOMERS);
    orders
        .join(
            payments,
            (order, payment) -> order + "+" + payment,
            JoinWindows.ofTimeDifferenceAndGrace(WINDOW, Duration.ofDays(1)))
        .selectKey((account, settled) -> settled.replaceFirst(".*:(.*)\\+.*", "$1"))
        .leftJoin(customers, (settled, name) -> settled + "=" + name)
        .to(OUTPUT);
    return builder.build();
  }

  /** The table, to be written before the streams: each customer with an older name, and with it. */
  public static List<ProducerRecord<String, String>> customers(long nowMs) {
    return IntStream.range(0, 2 * CUSTOMER_COUNT)
        .mapToObj(
            i ->
                new ProducerRecord<>(
                    CUSTOMERS, null, nowMs + i, "c" + i % CUSTOMER_COUNT, "name" + i))
        .toList();
  }

  /** Orders and payments without end, with timestamps from now on, each a bit out of order. */
  public static Supplier<ProducerRecord<String, String>> ordersAndPayments(
      Random random, long nowMs) {
    int[] number = {0};
    return () -> {
      int i = number[0]++;
      long timestampMs = nowMs + i * STEP_MS + random.nextInt(JITTER_MS);
      String account = "a" + random.nextInt(ACCOUNTS);
      return random.nextBoolean()
          ? new ProducerRecord<>(
              ORDERS, null, timestampMs, account, "o" + i + ":c" + random.nextInt(CUSTOMER_COUNT))
          : new ProducerRecord<>(PAYMENTS, null, timestampMs, account, "p" + i);
    };
  }

  /** What comes of these orders and payments, in no order. */
  public static List<String> truth(List<ProducerRecord<String, String>> records, long nowMs) {
    Map<String, String> names = new HashMap<>();
    customers(nowMs).forEach(customer -> names.put(customer.key(), customer.value()));
    Map<String, List<ProducerRecord<String, String>>> payments = new HashMap<>();
    for (ProducerRecord<String, String> record : records) {
      if (record.topic().equals(PAYMENTS)) {
        payments.computeIfAbsent(record.key(), first -> new ArrayList<>()).add(record);
      }
    }
    List<String> settled = new ArrayList<>();
    for (ProducerRecord<String, String> order : records) {
      if (order.topic().equals(ORDERS)) {
        String name = names.get(order.value().substring(order.value().indexOf(':') + 1));
        for (ProducerRecord<String, String> payment :
            payments.getOrDefault(order.key(), List.of())) {
          if (Math.abs(order.timestamp() - payment.timestamp()) <= WINDOW.toMillis()) {
            settled.add(order.value() + "+" + payment.value() + "=" + name);
          }
        }
      }
    }
    return settled;
  }
}
