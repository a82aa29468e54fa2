package io.ottla.coordinator.group.consumer;

/** Is told when a group begins or ends to read a topic. */
interface SubscriptionListener {

  /** Nobody wants to know. */
  SubscriptionListener NONE =
      new SubscriptionListener() {
        @Override
        public void onSubscribed(String groupId, String topic) {}

        @Override
        public void onUnsubscribed(String groupId, String topic) {}
      };

  void onSubscribed(String groupId, String topic);

  void onUnsubscribed(String groupId, String topic);
}
