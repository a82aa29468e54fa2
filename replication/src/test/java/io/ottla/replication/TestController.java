package io.ottla.replication;

import io.ottla.metadata.image.BrokerImage;
import io.ottla.metadata.image.Endpoint;
import io.ottla.metadata.image.MetadataDelta;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.NodeIds;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.AlterPartitionRequest;
import io.ottla.wire.message.AlterPartitionResponse;
import io.ottla.wire.message.AssignReplicasToDirsRequest;
import io.ottla.wire.message.AssignReplicasToDirsResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * A controller that never fails: registers, fences, elects, and judges proposals of in-sync
 * replicas by the rules of KIP-497, KIP-841, KIP-903 and KIP-966. One thread.
 */
final class TestController {

  static final String TOPIC = "orders";
  static final String LISTENER = "PLAINTEXT";

  private final int minInsyncReplicas;
  private final Runnable onChange;
  private MetadataImage image = MetadataImage.empty("test");
  private Uuid topicId = new Uuid(7, 7);
  private long offset;

  /** What it says to proposals instead of judging them, if not null. */
  Function<AlterPartitionRequest, AlterPartitionResponse> instead;

  int proposals;
  int reports;

  TestController(int minInsyncReplicas, Runnable onChange) {
    this.minInsyncReplicas = minInsyncReplicas;
    this.onChange = onChange;
  }

  MetadataImage image() {
    return image;
  }

  PartitionImage partition(int number) {
    return image.partition(topicId, number);
  }

  private void apply(MetadataDelta delta) {
    image = image.with(delta);
    onChange.run();
  }

  private void change(int number, PartitionImage state) {
    apply(
        new MetadataDelta.PartitionsChanged(
            topicId, List.of(new MetadataDelta.PartitionChange(number, state))));
  }

  void createTopic(int partitions, NodeIds... replicas) {
    List<PartitionImage> states = new ArrayList<>();
    for (int i = 0; i < partitions; i++) {
      NodeIds its = replicas[i % replicas.length];
      states.add(PartitionImage.created(its, its));
    }
    apply(new MetadataDelta.TopicCreated(topicId, TOPIC, states));
  }

  Uuid topicId() {
    return topicId;
  }

  /** Deletes the topic and creates another of its name. */
  void recreateTopic(NodeIds replicas) {
    apply(new MetadataDelta.TopicDeleted(topicId, TOPIC));
    topicId = new Uuid(7, 8);
    createTopic(1, replicas);
  }

  /** Takes a new process of a broker; returns its epoch. */
  long register(int id, boolean clean) {
    long epoch = ++offset;
    if (image.topic(topicId) != null) {
      for (int i = 0; i < image.topic(topicId).partitionCount(); i++) {
        if (partition(i).lost().contains(id)) {
          change(i, withLost(partition(i), partition(i).lost().without(id)));
        }
      }
    }
    if (image.topic(topicId) != null && !clean) {
      for (int i = 0; i < image.topic(topicId).partitionCount(); i++) {
        leave(i, id, false);
      }
    }
    apply(
        new MetadataDelta.BrokerRegistered(
            new BrokerImage(
                id,
                epoch,
                new Uuid(id, epoch),
                List.of(new Endpoint(LISTENER, "host" + id, 9000 + id, (short) 0)),
                null,
                new TreeMap<>(),
                List.of(),
                true)));
    return epoch;
  }

  void unfence(int id) {
    apply(new MetadataDelta.BrokerUnfenced(id, image.broker(id).epoch()));
    electWhereNobodyLeads();
  }

  void fence(int id) {
    apply(new MetadataDelta.BrokerFenced(id, image.broker(id).epoch()));
    for (int i = 0; i < image.topic(topicId).partitionCount(); i++) {
      leave(i, id, true);
    }
  }

  /** A broker is out of sync; if it has all that was acknowledged, it stays eligible. */
  private void leave(int number, int id, boolean hasItsLog) {
    PartitionImage state = partition(number);
    NodeIds isr = state.isr().without(id);
    NodeIds elr = elr(state, isr, hasItsLog ? -1 : id);
    int leader = state.leader() == id ? -1 : state.leader();
    if (leader < 0 && state.leader() == id) {
      change(number, with(state, isr, elr, -1, state.leaderEpoch() + 1));
    } else if (!isr.equals(state.isr()) || !elr.equals(state.elr())) {
      change(number, with(state, isr, elr, leader, state.leaderEpoch()));
    }
    electWhereNobodyLeads();
  }

  private NodeIds elr(PartitionImage before, NodeIds isr, int lost) {
    int min = Math.min(minInsyncReplicas, before.replicas().size());
    if (isr.size() >= min) {
      return NodeIds.EMPTY;
    }
    List<Integer> eligible = new ArrayList<>(before.elr().asList());
    for (int id : before.isr().asList()) {
      if (!eligible.contains(id)) {
        eligible.add(id);
      }
    }
    eligible.removeIf(id -> id == lost || isr.contains(id));
    return NodeIds.of(eligible);
  }

  private static PartitionImage with(
      PartitionImage state, NodeIds isr, NodeIds elr, int leader, int leaderEpoch) {
    return new PartitionImage(
        state.replicas(),
        isr,
        elr,
        state.lastKnownElr(),
        state.addingReplicas(),
        state.removingReplicas(),
        state.lost(),
        leader,
        state.recovery(),
        leaderEpoch,
        state.partitionEpoch() + 1);
  }

  private void electWhereNobodyLeads() {
    if (image.topic(topicId) == null) {
      return;
    }
    for (int i = 0; i < image.topic(topicId).partitionCount(); i++) {
      PartitionImage state = partition(i);
      if (state.leader() >= 0) {
        continue;
      }
      for (int id : state.replicas().asList()) {
        if ((state.isr().contains(id) || state.elr().contains(id))
            && !state.lost().contains(id)
            && !image.broker(id).fenced()) {
          elect(i, id);
          break;
        }
      }
    }
  }

  /** Lets a broker lead; one that is in sync or eligible, unless the test wants it unclean. */
  void elect(int number, int id) {
    PartitionImage state = partition(number);
    NodeIds isr = state.isr();
    NodeIds elr = state.elr();
    if (!isr.contains(id)) {
      boolean clean = elr.contains(id);
      List<Integer> ids = clean ? new ArrayList<>(isr.asList()) : new ArrayList<>();
      ids.add(id);
      isr = NodeIds.of(ids);
      elr = clean ? elr.without(id) : NodeIds.EMPTY;
      if (isr.size() >= Math.min(minInsyncReplicas, state.replicas().size())) {
        elr = NodeIds.EMPTY;
      }
    }
    change(number, with(state, isr, elr, id, state.leaderEpoch() + 1));
  }

  void assign(int number, NodeIds replicas) {
    PartitionImage state = partition(number);
    NodeIds isr = NodeIds.of(state.isr().asList().stream().filter(replicas::contains).toList());
    change(
        number,
        new PartitionImage(
            replicas,
            isr,
            NodeIds.EMPTY,
            NodeIds.EMPTY,
            NodeIds.EMPTY,
            NodeIds.EMPTY,
            state.leader(),
            state.recovery(),
            state.leaderEpoch(),
            state.partitionEpoch() + 1));
  }

  private static PartitionImage withLost(PartitionImage state, NodeIds lost) {
    return new PartitionImage(
        state.replicas(),
        state.isr(),
        state.elr(),
        state.lastKnownElr(),
        state.addingReplicas(),
        state.removingReplicas(),
        lost,
        state.leader(),
        state.recovery(),
        state.leaderEpoch(),
        state.partitionEpoch() + 1);
  }

  /** A broker says which of its replicas do not serve (KIP-858). */
  AssignReplicasToDirsResponse assignReplicas(AssignReplicasToDirsRequest request) {
    reports++;
    AssignReplicasToDirsResponse response = new AssignReplicasToDirsResponse();
    int id = request.brokerId();
    if (image.broker(id).epoch() != request.brokerEpoch()) {
      return response.errorCode(ErrorCode.STALE_BROKER_EPOCH.code());
    }
    for (AssignReplicasToDirsRequest.DirectoryData directory : request.directories()) {
      boolean isLost = directory.id().equals(PendingReports.LOST);
      for (AssignReplicasToDirsRequest.TopicData topic : directory.topics()) {
        for (AssignReplicasToDirsRequest.PartitionData it : topic.partitions()) {
          int number = it.partitionIndex();
          if (!topic.topicId().equals(topicId)) {
            continue;
          }
          PartitionImage state = partition(number);
          change(
              number, withLost(state, isLost ? state.lost().with(id) : state.lost().without(id)));
          if (isLost) {
            leave(number, id, true);
          }
          electWhereNobodyLeads();
        }
      }
    }
    return response;
  }

  AlterPartitionResponse alter(AlterPartitionRequest request) {
    proposals++;
    if (instead != null) {
      return instead.apply(request);
    }
    AlterPartitionResponse response = new AlterPartitionResponse();
    if (image.broker(request.brokerId()).epoch() != request.brokerEpoch()) {
      return response.errorCode(ErrorCode.STALE_BROKER_EPOCH.code());
    }
    for (AlterPartitionRequest.TopicData topic : request.topics()) {
      AlterPartitionResponse.TopicData answered =
          new AlterPartitionResponse.TopicData().topicId(topic.topicId());
      for (AlterPartitionRequest.PartitionData wanted : topic.partitions()) {
        answered.partitions().add(alter(request.brokerId(), wanted));
      }
      response.topics().add(answered);
    }
    return response;
  }

  private AlterPartitionResponse.PartitionData alter(
      int from, AlterPartitionRequest.PartitionData wanted) {
    AlterPartitionResponse.PartitionData answer =
        new AlterPartitionResponse.PartitionData().partitionIndex(wanted.partitionIndex());
    PartitionImage state = partition(wanted.partitionIndex());
    if (state.leader() != from || state.leaderEpoch() != wanted.leaderEpoch()) {
      return answer.errorCode(ErrorCode.FENCED_LEADER_EPOCH.code());
    }
    if (state.partitionEpoch() != wanted.partitionEpoch()) {
      return answer.errorCode(ErrorCode.INVALID_UPDATE_VERSION.code());
    }
    List<Integer> isr = new ArrayList<>();
    for (AlterPartitionRequest.BrokerState member : wanted.newIsrWithEpochs()) {
      BrokerImage broker = image.broker(member.brokerId());
      if (!broker.isActive()
          || state.lost().contains(member.brokerId())
          || (member.brokerEpoch() >= 0 && member.brokerEpoch() != broker.epoch())) {
        return answer.errorCode(ErrorCode.INELIGIBLE_REPLICA.code());
      }
      isr.add(member.brokerId());
    }
    NodeIds newIsr = NodeIds.of(isr);
    PartitionImage next =
        with(state, newIsr, elr(state, newIsr, -1), state.leader(), state.leaderEpoch());
    change(wanted.partitionIndex(), next);
    return answer
        .leaderId(next.leader())
        .leaderEpoch(next.leaderEpoch())
        .isr(new ArrayList<>(isr))
        .partitionEpoch(next.partitionEpoch());
  }
}
