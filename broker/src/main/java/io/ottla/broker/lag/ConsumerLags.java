package io.ottla.broker.lag;

import java.util.List;

/**
 * The lags of the groups that this broker coordinates. From any thread; it neither waits nor asks
 * anybody before it answers. What other brokers lead is as old as {@link PartitionLag#ageMs} says,
 * and unknown when nobody has asked for a while: then it is known a moment later.
 */
public interface ConsumerLags {

  /** The lag of a group in all it has committed; without partitions if that is nothing. */
  GroupLag of(String groupId);

  /** The lags of all groups that have committed something, in the order of their ids. */
  List<GroupLag> all();
}
