package io.ottla.coordinator.group.consumer;

import io.ottla.coordinator.CoordinatorRecord;
import java.util.List;

/**
 * What groups of this protocol have to know of groups of the classic one, to take their place and
 * to give it back. On the shard's thread.
 *
 * <p>Both ways are decided while records are gathered and happen when they are replayed.
 */
public interface ProtocolMigration {

  /** There are no groups of other kinds. */
  ProtocolMigration NONE =
      new ProtocolMigration() {
        @Override
        public ClassicGroupPicture classicGroup(String groupId) {
          return null;
        }

        @Override
        public Runnable endClassic(String groupId, List<CoordinatorRecord> records) {
          throw new IllegalStateException("no group is classic");
        }

        @Override
        public int maxClassicSize() {
          return 0;
        }

        @Override
        public Runnable beginClassic(
            ClassicGroupPicture group, boolean rebalances, List<CoordinatorRecord> records) {
          throw new IllegalStateException("no group is classic");
        }
      };

  /** The classic group under the id, or null. */
  ClassicGroupPicture classicGroup(String groupId);

  /**
   * Adds the record that ends the classic group. Whoever waits in it is then told to join again.
   *
   * @return what to do after the append
   */
  Runnable endClassic(String groupId, List<CoordinatorRecord> records);

  /** How many members a classic group may have. */
  int maxClassicSize();

  /**
   * Adds the record that begins a classic group.
   *
   * @param rebalances whether its members are to join again, as its assignment is not what it
   *     should be
   * @return what to do after the append
   */
  Runnable beginClassic(
      ClassicGroupPicture group, boolean rebalances, List<CoordinatorRecord> records);
}
