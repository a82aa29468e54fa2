package io.ottla.coordinator.group.consumer;

import io.ottla.coordinator.CoordinatorException;
import io.ottla.coordinator.CoordinatorRecord;
import io.ottla.wire.ErrorCode;
import java.util.Collection;
import java.util.List;

/**
 * What happens where groups of this protocol meet groups of another. On the shard's thread.
 *
 * <p>Both ways are decided while records are gathered and happen when they are replayed.
 */
public interface ProtocolMigration {

  /** There are no groups of other kinds. */
  ProtocolMigration NONE =
      new ProtocolMigration() {
        @Override
        public boolean upgrade(String groupId, List<CoordinatorRecord> records) {
          return false;
        }

        @Override
        public Runnable downgrade(
            ConsumerGroup group,
            Collection<ConsumerMember> leaving,
            List<CoordinatorRecord> records) {
          return null;
        }
      };

  /**
   * A member of this protocol joins a group that is no consumer group. If there is a group of
   * another kind under the id, its end is added to the records and, if it has members, the records
   * of the consumer group that takes its place.
   *
   * @return whether there was such a group
   * @throws CoordinatorException {@link ErrorCode#GROUP_ID_NOT_FOUND} if it must stay what it is
   */
  boolean upgrade(String groupId, List<CoordinatorRecord> records);

  /**
   * Members are about to be removed. If those who stay make a classic group, adds the records that
   * end this group and begin that one.
   *
   * @return what to do after the append; null if the group stays what it is, and no record was
   *     added
   */
  Runnable downgrade(
      ConsumerGroup group, Collection<ConsumerMember> leaving, List<CoordinatorRecord> records);
}
