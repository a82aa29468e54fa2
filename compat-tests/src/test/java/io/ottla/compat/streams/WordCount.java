package io.ottla.compat.streams;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.KStream;

/**
 * Counts the words of lines: all to one repartition topic by word, then a store of counts with its
 * changelog, then each new count of a word to the topic {@link #OUTPUT}.
 */
public final class WordCount implements Supplier<Topology> {
  public static final String INPUT = "lines";
  public static final String OUTPUT = "counts";
  private static final int VOCABULARY = 60;

  @Override
  public Topology get() {
    StreamsBuilder builder = new StreamsBuilder();
    KStream<String, String> lines = builder.stream(INPUT);
    lines
        .flatMapValues(line -> List.of(line.split(" ")))
        .groupBy((number, word) -> word)
        .count()
        .toStream()
        .mapValues(count -> Long.toString(count))
        .to(OUTPUT);
    return builder.build();
  }

  /** Lines without end: their number, and one to five words, some of them far more often. */
  public static Supplier<ProducerRecord<String, String>> lines(Random random) {
    int[] number = {0};
    return () -> {
      StringBuilder line = new StringBuilder();
      for (int words = 1 + random.nextInt(5); words > 0; words--) {
        int word = (int) (VOCABULARY * random.nextDouble() * random.nextDouble());
        line.append(line.isEmpty() ? "" : " ").append('w').append(word);
      }
      return new ProducerRecord<>(INPUT, Integer.toString(number[0]++), line.toString());
    };
  }

  /** What these lines come to: for each word all its counts, in their order. */
  public static Map<String, List<String>> truth(List<ProducerRecord<String, String>> lines) {
    Map<String, List<String>> counts = new HashMap<>();
    for (ProducerRecord<String, String> line : lines) {
      for (String word : line.value().split(" ")) {
        List<String> ofWord = counts.computeIfAbsent(word, first -> new ArrayList<>());
        ofWord.add(Integer.toString(ofWord.size() + 1));
      }
    }
    return counts;
  }
}
