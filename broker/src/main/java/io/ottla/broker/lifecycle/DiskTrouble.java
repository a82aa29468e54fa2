package io.ottla.broker.lifecycle;

import io.ottla.metadata.image.MetadataImage;
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

  /**
   * Of a broker whose directories take no appends, all of them: it leaves the lead to those that
   * can write; alone, it goes on with what it has and lets clients read. As long as one takes them,
   * the broker yields only what lies in the others, each partition by itself.
   *
   * @param failed see {@link #failed}; others may be full
   * @param total whether no directory takes appends
   * @param image tells who else lives
   */
  public static DiskTrouble of(List<Uuid> failed, boolean total, int nodeId, MetadataImage image) {
    boolean othersLive =
        image.brokers().values().stream()
            .anyMatch(broker -> broker.id() != nodeId && broker.isActive());
    return total && !othersLive ? NONE : new DiskTrouble(total, failed);
  }
}
