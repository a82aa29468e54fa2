package io.ottla.coordinator.group.consumer;

import io.ottla.wire.message.ConsumerGroupRegularExpressionValue;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The topics a regular expression stood for. Immutable.
 *
 * @param topics names, in order
 * @param version of the picture of the topics it was resolved with
 * @param timestampMs when, since 1970
 */
public record ResolvedRegex(Set<String> topics, long version, long timestampMs) {

  static ResolvedRegex of(ConsumerGroupRegularExpressionValue value) {
    return new ResolvedRegex(new TreeSet<>(value.topics()), value.version(), value.timestamp());
  }

  ConsumerGroupRegularExpressionValue toRecord() {
    return new ConsumerGroupRegularExpressionValue()
        .topics(List.copyOf(topics))
        .version(version)
        .timestamp(timestampMs);
  }
}
