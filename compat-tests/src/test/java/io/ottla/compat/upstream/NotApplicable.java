package io.ottla.compat.upstream;

import java.io.Serial;
import org.opentest4j.TestAbortedException;

/**
 * What a test asks for can only be had from objects of Kafka's within its own process, or with
 * classes of Kafka's within the broker.
 */
final class NotApplicable extends TestAbortedException {
  @Serial private static final long serialVersionUID = 1L;

  NotApplicable(String reason) {
    super(reason);
  }
}
