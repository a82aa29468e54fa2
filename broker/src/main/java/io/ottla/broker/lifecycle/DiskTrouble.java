package io.ottla.broker.lifecycle;

import io.ottla.wire.Uuid;
import java.util.List;

/**
 * What is to be done about this broker's log directories.
 *
 * @param shouldYield whether others should lead instead of this broker, as long as it lasts
 * @param failed the directories that will not come back while this process lives
 */
public record DiskTrouble(boolean shouldYield, List<Uuid> failed) {

  public static final DiskTrouble NONE = new DiskTrouble(false, List.of());

  public DiskTrouble {
    failed = List.copyOf(failed);
  }
}
