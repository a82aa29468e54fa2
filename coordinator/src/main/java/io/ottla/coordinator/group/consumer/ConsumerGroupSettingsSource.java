package io.ottla.coordinator.group.consumer;

/**
 * Says how a group is to behave now. Asked with every heartbeat, so it answers from memory and
 * makes nothing new unless settings have changed. Any thread.
 */
@FunctionalInterface
public interface ConsumerGroupSettingsSource {

  ConsumerGroupSettings of(String groupId);
}
