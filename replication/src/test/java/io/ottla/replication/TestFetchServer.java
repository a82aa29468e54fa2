package io.ottla.replication;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.log.EpochEndOffset;
import io.ottla.log.LogException;
import io.ottla.log.LogSlice;
import io.ottla.log.LogView;
import io.ottla.runtime.ManualClock;
import io.ottla.wire.BufferRecords;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.FetchRequest;
import io.ottla.wire.message.FetchResponse;
import io.ottla.wire.message.ListOffsetsRequest;
import io.ottla.wire.message.ListOffsetsResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A leader's side of Fetch and ListOffsets for followers, with sessions. One thread. */
final class TestFetchServer {

  private record Key(Uuid topicId, int partition) {}

  private final class Waiting {

    final FetchRequest request;
    final Map<Key, FetchRequest.FetchPartition> wanted;
    final int sessionId;
    final long deadlineNs;
    final Consumer<FetchResponse> answer;

    Waiting(
        FetchRequest request,
        Map<Key, FetchRequest.FetchPartition> wanted,
        int sessionId,
        Consumer<FetchResponse> answer) {
      this.request = request;
      this.wanted = new LinkedHashMap<>(wanted);
      this.sessionId = sessionId;
      this.deadlineNs = clock.nowNs() + TimeUnit.MILLISECONDS.toNanos(request.maxWaitMs());
      this.answer = answer;
    }
  }

  private final Partitions partitions;
  private final ManualClock clock;
  private final Map<Integer, Map<Key, FetchRequest.FetchPartition>> sessions = new HashMap<>();
  private final Map<Integer, Integer> sessionEpochs = new HashMap<>();
  private final List<Waiting> waiting = new ArrayList<>();
  private int nextSession = 1;

  TestFetchServer(Partitions partitions, ManualClock clock) {
    this.partitions = partitions;
    this.clock = clock;
  }

  void fetch(FetchRequest request, Consumer<FetchResponse> answer) {
    int id = request.sessionId();
    if (id == 0) {
      id = nextSession++;
      sessions.put(id, new LinkedHashMap<>());
      sessionEpochs.put(id, 0);
    } else if (!sessions.containsKey(id)) {
      answer.accept(new FetchResponse().errorCode(ErrorCode.FETCH_SESSION_ID_NOT_FOUND.code()));
      return;
    } else if (sessionEpochs.merge(id, 1, Integer::sum) != request.sessionEpoch()) {
      answer.accept(new FetchResponse().errorCode(ErrorCode.INVALID_FETCH_SESSION_EPOCH.code()));
      return;
    }
    Map<Key, FetchRequest.FetchPartition> session = sessions.get(id);
    request
        .forgottenTopicsData()
        .forEach(
            topic ->
                topic
                    .partitions()
                    .forEach(number -> session.remove(new Key(topic.topicId(), number))));
    request
        .topics()
        .forEach(
            topic ->
                topic
                    .partitions()
                    .forEach(it -> session.put(new Key(topic.topicId(), it.partition()), it)));
    int its = id;
    waiting.stream()
        .filter(it -> it.sessionId == its)
        .toList()
        .forEach(
            it -> {
              waiting.remove(it);
              it.answer.accept(read(it));
            });
    waiting.add(new Waiting(request, session, id, answer));
    look();
  }

  /** Answers those that have data, or whose time is up. */
  void look() {
    for (Waiting it : List.copyOf(waiting)) {
      FetchResponse response = read(it);
      boolean news =
          response.responses().stream()
              .flatMap(topic -> topic.partitions().stream())
              .anyMatch(
                  data ->
                      data.errorCode() != 0
                          || data.divergingEpoch().endOffset() >= 0
                          || data.records().sizeInBytes() > 0);
      if (news || clock.nowNs() >= it.deadlineNs) {
        waiting.remove(it);
        it.answer.accept(response);
      }
    }
  }

  private FetchResponse read(Waiting it) {
    FetchResponse response = new FetchResponse().sessionId(it.sessionId);
    it.wanted.forEach(
        (key, wanted) -> {
          FetchResponse.FetchableTopicResponse topic =
              new FetchResponse.FetchableTopicResponse().topicId(key.topicId);
          topic.partitions().add(read(key, wanted, it.request));
          response.responses().add(topic);
        });
    return response;
  }

  private FetchResponse.PartitionData read(
      Key key, FetchRequest.FetchPartition wanted, FetchRequest request) {
    FetchResponse.PartitionData data =
        new FetchResponse.PartitionData()
            .partitionIndex(key.partition)
            .records(BufferRecords.EMPTY);
    Partition partition = partitions.get(key.topicId, key.partition);
    if (partition == null) {
      return data.errorCode(ErrorCode.UNKNOWN_TOPIC_ID.code());
    }
    ErrorCode error =
        partition.role().check(wanted.currentLeaderEpoch(), partition.role().isLeader());
    if (error != ErrorCode.NONE) {
      return data.errorCode(error.code());
    }
    LogView view = partition.view();
    data.highWatermark(view.highWatermark()).logStartOffset(view.logStartOffset());
    if (wanted.lastFetchedEpoch() >= 0) {
      EpochEndOffset end = view.endOffsetForEpoch(wanted.lastFetchedEpoch());
      if (!end.isDefined()) {
        return data.errorCode(ErrorCode.OFFSET_OUT_OF_RANGE.code());
      }
      if (end.endOffset() < wanted.fetchOffset() || end.leaderEpoch() < wanted.lastFetchedEpoch()) {
        data.divergingEpoch().epoch(end.leaderEpoch()).endOffset(end.endOffset());
        return data;
      }
    }
    try {
      LogSlice slice =
          view.read(wanted.fetchOffset(), wanted.partitionMaxBytes(), true, view.logEndOffset());
      ByteBuf bytes = Unpooled.buffer();
      slice.copyTo(bytes);
      slice.release();
      data.records(new BufferRecords(bytes));
    } catch (LogException e) {
      return data.errorCode(e.error().code());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    error =
        partition.onFollowerFetch(
            new FollowerFetch(
                request.replicaState().replicaId(),
                request.replicaState().replicaEpoch(),
                wanted.currentLeaderEpoch(),
                wanted.fetchOffset(),
                wanted.logStartOffset()));
    return data.errorCode(error.code());
  }

  ListOffsetsResponse listOffsets(ListOffsetsRequest request) {
    ListOffsetsRequest.ListOffsetsTopic topic = request.topics().get(0);
    ListOffsetsRequest.ListOffsetsPartition wanted = topic.partitions().get(0);
    ListOffsetsResponse.ListOffsetsPartitionResponse answer =
        new ListOffsetsResponse.ListOffsetsPartitionResponse()
            .partitionIndex(wanted.partitionIndex());
    Partition partition = partitions.get(topic.name(), wanted.partitionIndex());
    ErrorCode error =
        partition == null
            ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
            : partition.role().check(wanted.currentLeaderEpoch(), partition.role().isLeader());
    answer.errorCode(error.code());
    if (error == ErrorCode.NONE) {
      LogView view = partition.view();
      answer.offset(wanted.timestamp() == -1 ? view.logEndOffset() : view.logStartOffset());
    }
    ListOffsetsResponse response = new ListOffsetsResponse();
    ListOffsetsResponse.ListOffsetsTopicResponse answered =
        new ListOffsetsResponse.ListOffsetsTopicResponse().name(topic.name());
    answered.partitions().add(answer);
    response.topics().add(answered);
    return response;
  }
}
