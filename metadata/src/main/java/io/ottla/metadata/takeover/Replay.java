package io.ottla.metadata.takeover;

import io.ottla.metadata.image.BrokerImage;
import io.ottla.metadata.image.ConfigResource;
import io.ottla.metadata.image.Endpoint;
import io.ottla.metadata.image.FeatureRange;
import io.ottla.metadata.image.LeaderRecoveryState;
import io.ottla.metadata.image.NodeIds;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.metadata.quorum.QuorumException;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.AbortTransactionRecord;
import io.ottla.wire.message.AccessControlEntryRecord;
import io.ottla.wire.message.BeginTransactionRecord;
import io.ottla.wire.message.BrokerRegistrationChangeRecord;
import io.ottla.wire.message.ClearElrRecord;
import io.ottla.wire.message.ClientQuotaRecord;
import io.ottla.wire.message.ConfigRecord;
import io.ottla.wire.message.DelegationTokenRecord;
import io.ottla.wire.message.EndTransactionRecord;
import io.ottla.wire.message.FeatureLevelRecord;
import io.ottla.wire.message.PartitionChangeRecord;
import io.ottla.wire.message.PartitionRecord;
import io.ottla.wire.message.ProducerIdsRecord;
import io.ottla.wire.message.RegisterBrokerRecord;
import io.ottla.wire.message.RemoveAccessControlEntryRecord;
import io.ottla.wire.message.RemoveDelegationTokenRecord;
import io.ottla.wire.message.RemoveTopicRecord;
import io.ottla.wire.message.RemoveUserScramCredentialRecord;
import io.ottla.wire.message.TopicRecord;
import io.ottla.wire.message.UnregisterBrokerRecord;
import io.ottla.wire.message.UserScramCredentialRecord;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Takes the records of Kafka's metadata log in, in order. Those of a metadata transaction (KIP-868)
 * count when it ends; of one that is not ended, none does. One thread.
 */
final class Replay {

  private static final int LEADER_UNCHANGED = -2;
  private static final int RECOVERY_UNCHANGED = -1;

  private static final class Topic {
    final Uuid id;
    final String name;
    final SortedMap<Integer, PartitionImage> partitions = new TreeMap<>();

    Topic(Uuid id, String name) {
      this.id = id;
      this.name = name;
    }
  }

  private final Map<Uuid, Topic> topics = new LinkedHashMap<>();
  private final Map<ConfigResource, Map<String, String>> configs = new HashMap<>();
  private final SortedMap<String, Short> features = new TreeMap<>();
  private final SortedMap<Integer, BrokerImage> brokers = new TreeMap<>();
  private final SortedSet<Integer> voters = new TreeSet<>();
  private final SortedMap<String, byte[]> kept = new TreeMap<>();
  private long nextProducerId;

  /** Records of a transaction that has not ended; null outside of one. */
  private List<KafkaRecord> open;

  /** Takes one record in. */
  void take(KafkaRecord record) {
    switch (record.message()) {
      case BeginTransactionRecord begin -> open = new ArrayList<>();
      case AbortTransactionRecord abort -> open = null;
      case EndTransactionRecord end -> {
        if (open != null) {
          open.forEach(this::apply);
        }
        open = null;
      }
      default -> {
        if (open != null) {
          open.add(record);
        } else {
          apply(record);
        }
      }
    }
  }

  /** Who votes in the quorum from here on. */
  void voters(Collection<Integer> ids) {
    voters.clear();
    voters.addAll(ids);
  }

  /** The level of a feature that is not among the records. */
  void feature(String name, short level) {
    features.put(name, level);
  }

  private void apply(KafkaRecord record) {
    switch (record.message()) {
      case TopicRecord topic ->
          topics.put(topic.topicId(), new Topic(topic.topicId(), topic.name()));
      case RemoveTopicRecord gone -> {
        Topic topic = topic(gone.topicId());
        topics.remove(topic.id);
        configs.remove(ConfigResource.topic(topic.name));
      }
      case PartitionRecord partition ->
          topic(partition.topicId()).partitions.put(partition.partitionId(), created(partition));
      case PartitionChangeRecord change -> {
        Topic topic = topic(change.topicId());
        PartitionImage before = topic.partitions.get(change.partitionId());
        if (before == null) {
          throw contradiction(
              "partition " + change.partitionId() + " of " + topic.name + " was never created");
        }
        topic.partitions.put(change.partitionId(), changed(before, change));
      }
      case ClearElrRecord clear ->
          topics.values().stream()
              .filter(topic -> clear.topicName().isEmpty() || clear.topicName().equals(topic.name))
              .forEach(topic -> topic.partitions.replaceAll((_, state) -> withoutElr(state)));
      case ConfigRecord config -> configure(config);
      case FeatureLevelRecord feature -> {
        if (feature.featureLevel() == 0) {
          features.remove(feature.name());
        } else {
          features.put(feature.name(), feature.featureLevel());
        }
      }
      case ProducerIdsRecord ids -> nextProducerId = Math.max(nextProducerId, ids.nextProducerId());
      case RegisterBrokerRecord broker -> brokers.put(broker.brokerId(), registered(broker));
      case BrokerRegistrationChangeRecord change -> changeDirectories(change);
      case UnregisterBrokerRecord gone -> brokers.remove(gone.brokerId());
      case AccessControlEntryRecord acl -> keep("acl/" + acl.id(), record);
      case RemoveAccessControlEntryRecord acl -> kept.remove("acl/" + acl.id());
      case UserScramCredentialRecord scram ->
          keep("scram/" + scram.mechanism() + "/" + scram.name(), record);
      case RemoveUserScramCredentialRecord scram ->
          kept.remove("scram/" + scram.mechanism() + "/" + scram.name());
      case DelegationTokenRecord token -> keep("token/" + token.tokenId(), record);
      case RemoveDelegationTokenRecord token -> kept.remove("token/" + token.tokenId());
      case ClientQuotaRecord quota -> {
        if (quota.remove()) {
          kept.remove(quotaKey(quota));
        } else {
          keep(quotaKey(quota), record);
        }
      }
      // Who is fenced is found out anew; nothing else is said by the rest.
      default -> {}
    }
  }

  private void keep(String key, KafkaRecord record) {
    kept.put(key, record.bytes());
  }

  private static String quotaKey(ClientQuotaRecord quota) {
    SortedMap<String, String> entity = new TreeMap<>();
    quota.entity().forEach(part -> entity.put(part.entityType(), "" + part.entityName()));
    return "quota/" + entity + "/" + quota.key();
  }

  private Topic topic(Uuid id) {
    Topic topic = topics.get(id);
    if (topic == null) {
      throw contradiction("topic " + id + " was never created");
    }
    return topic;
  }

  private static QuorumException contradiction(String what) {
    return new QuorumException("Kafka's metadata log contradicts itself: " + what);
  }

  private static PartitionImage created(PartitionRecord record) {
    return new PartitionImage(
        NodeIds.of(record.replicas()),
        NodeIds.of(record.isr()),
        orElse(record.eligibleLeaderReplicas(), NodeIds.EMPTY),
        orElse(record.lastKnownElr(), NodeIds.EMPTY),
        NodeIds.of(record.addingReplicas()),
        NodeIds.of(record.removingReplicas()),
        record.leader(),
        LeaderRecoveryState.forId(record.leaderRecoveryState()),
        record.leaderEpoch(),
        record.partitionEpoch());
  }

  private static PartitionImage changed(PartitionImage before, PartitionChangeRecord change) {
    boolean elected = change.leader() != LEADER_UNCHANGED;
    return new PartitionImage(
        orElse(change.replicas(), before.replicas()),
        orElse(change.isr(), before.isr()),
        orElse(change.eligibleLeaderReplicas(), before.elr()),
        orElse(change.lastKnownElr(), before.lastKnownElr()),
        orElse(change.addingReplicas(), before.addingReplicas()),
        orElse(change.removingReplicas(), before.removingReplicas()),
        elected ? change.leader() : before.leader(),
        change.leaderRecoveryState() == RECOVERY_UNCHANGED
            ? before.recovery()
            : LeaderRecoveryState.forId(change.leaderRecoveryState()),
        before.leaderEpoch() + (elected ? 1 : 0),
        before.partitionEpoch() + 1);
  }

  private static NodeIds orElse(List<Integer> said, NodeIds otherwise) {
    return said == null ? otherwise : NodeIds.of(said);
  }

  /** A change of its own, but none that counts as one in the partition's epoch. */
  private static PartitionImage withoutElr(PartitionImage state) {
    return new PartitionImage(
        state.replicas(),
        state.isr(),
        NodeIds.EMPTY,
        NodeIds.EMPTY,
        state.addingReplicas(),
        state.removingReplicas(),
        state.leader(),
        state.recovery(),
        state.leaderEpoch(),
        state.partitionEpoch());
  }

  private void configure(ConfigRecord config) {
    ConfigResource.Type type = ConfigResource.Type.forId(config.resourceType());
    if (type == null || type == ConfigResource.Type.KAFKA) {
      throw contradiction("settings of resource type " + config.resourceType());
    }
    ConfigResource resource = new ConfigResource(type, config.resourceName());
    Map<String, String> settings = configs.computeIfAbsent(resource, _ -> new HashMap<>());
    if (config.value() == null) {
      settings.remove(config.name());
    } else {
      settings.put(config.name(), config.value());
    }
    if (settings.isEmpty()) {
      configs.remove(resource);
    }
  }

  private static BrokerImage registered(RegisterBrokerRecord record) {
    List<Endpoint> endpoints = new ArrayList<>();
    record
        .endPoints()
        .forEach(
            it ->
                endpoints.add(
                    new Endpoint(it.name(), it.host(), it.port(), it.securityProtocol())));
    SortedMap<String, FeatureRange> ranges = new TreeMap<>();
    record
        .features()
        .forEach(
            it ->
                ranges.put(
                    it.name(),
                    new FeatureRange(it.minSupportedVersion(), it.maxSupportedVersion())));
    return new BrokerImage(
        record.brokerId(),
        record.brokerEpoch(),
        record.incarnationId(),
        endpoints,
        record.rack(),
        ranges,
        record.logDirs(),
        true);
  }

  private void changeDirectories(BrokerRegistrationChangeRecord change) {
    BrokerImage broker = brokers.get(change.brokerId());
    if (broker != null && !change.logDirs().isEmpty()) {
      brokers.put(
          broker.id(),
          new BrokerImage(
              broker.id(),
              broker.epoch(),
              broker.incarnationId(),
              broker.endpoints(),
              broker.rack(),
              broker.features(),
              change.logDirs(),
              true));
    }
  }

  /** What is so after the last record. */
  KafkaMetadata end(long endOffset, int epoch) {
    Map<Uuid, KafkaMetadata.Topic> found = new LinkedHashMap<>();
    for (Topic topic : topics.values()) {
      int count = topic.partitions.size();
      if (count == 0 || topic.partitions.lastKey() != count - 1) {
        throw contradiction(
            "the partitions of " + topic.name + " are " + topic.partitions.keySet());
      }
      found.put(
          topic.id,
          new KafkaMetadata.Topic(topic.id, topic.name, List.copyOf(topic.partitions.values())));
    }
    return new KafkaMetadata(
        endOffset, epoch, found, configs, features, nextProducerId, brokers, voters, kept);
  }
}
