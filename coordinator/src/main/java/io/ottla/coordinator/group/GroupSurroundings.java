package io.ottla.coordinator.group;

import io.ottla.coordinator.group.consumer.TopicAuthorizer;
import java.util.function.Supplier;

/**
 * What the shards of a group coordinator share. Any thread.
 *
 * @param memberIdSuffixes makes ids of members unique, such as random UUIDs
 * @param topicAuthorizer says what regular expressions of a client may stand for
 * @param views where a shard shows its committed offsets while it is loaded
 */
record GroupSurroundings(
    GroupCoordinatorConfig config,
    Supplier<String> memberIdSuffixes,
    TopicAuthorizer topicAuthorizer,
    CommittedOffsetViews views) {}
