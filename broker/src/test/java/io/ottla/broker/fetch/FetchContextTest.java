package io.ottla.broker.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.ottla.replication.FollowerFetch;
import io.ottla.wire.BufferRecords;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.FetchRequest;
import io.ottla.wire.message.FetchResponse;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class FetchContextTest {

  private static final short BY_ID = 13;
  private static final short BY_NAME = 12;
  private static final Uuid TOPIC = new Uuid(1, 2);

  private final FetchSessions sessions = new FetchSessions(2, new Random(1)::nextInt);
  private long nowNs = TimeUnit.HOURS.toNanos(1);

  private static FetchRequest request(int sessionId, int epoch, int... partitions) {
    FetchRequest request = new FetchRequest().sessionId(sessionId).sessionEpoch(epoch);
    FetchRequest.FetchTopic topic = new FetchRequest.FetchTopic().topicId(TOPIC).topic("orders");
    for (int partition : partitions) {
      topic
          .partitions()
          .add(
              new FetchRequest.FetchPartition()
                  .partition(partition)
                  .fetchOffset(10L * partition)
                  .partitionMaxBytes(1000));
    }
    if (partitions.length > 0) {
      request.topics().add(topic);
    }
    return request;
  }

  private FetchContext context(FetchRequest request) {
    return FetchContext.of(request, BY_ID, false, sessions, nowNs);
  }

  private static FetchResponse.PartitionData data(int partition, long highWatermark, int bytes) {
    return new FetchResponse.PartitionData()
        .partitionIndex(partition)
        .highWatermark(highWatermark)
        .records(new BufferRecords(Unpooled.wrappedBuffer(new byte[bytes])));
  }

  private static FetchKey key(int partition) {
    return new FetchKey(TOPIC, null, partition);
  }

  private static java.util.List<Integer> partitions(FetchContext context) {
    return context.wanted().stream().map(wanted -> wanted.key().partition()).toList();
  }

  @Test
  void keepsNoSessionForAClientThatWantsNone() {
    FetchContext context = context(request(0, FetchContext.FINAL_EPOCH, 0, 1));

    assertThat(context.sessionId()).isZero();
    assertThat(partitions(context)).containsExactly(0, 1);
    assertThat(sessions.size()).isZero();
  }

  @Test
  void goesOnWithASessionByWhatChanged() {
    FetchContext first = context(request(0, FetchContext.INITIAL_EPOCH, 0, 1));
    FetchRequest next = request(first.sessionId(), 1, 2);
    next.forgottenTopicsData()
        .add(new FetchRequest.ForgottenTopic().topicId(TOPIC).partitions(java.util.List.of(0)));

    FetchContext second = context(next);

    assertThat(first.sessionId()).isPositive();
    assertThat(second.sessionId()).isEqualTo(first.sessionId());
    assertThat(partitions(second)).containsExactly(1, 2);
  }

  @Test
  void tellsOfAPartitionOnlyWhatIsNew() {
    FetchContext first = context(request(0, FetchContext.INITIAL_EPOCH, 0));
    assertThat(first.tell(key(0), data(0, 5, 0))).isTrue();

    FetchContext second = context(request(first.sessionId(), 1));

    assertThat(second.tell(key(0), data(0, 5, 0))).isFalse();
    assertThat(second.tell(key(0), data(0, 6, 0))).isTrue();
    assertThat(second.tell(key(0), data(0, 6, 100))).isTrue();
    assertThat(second.tell(key(0), data(0, 6, 0).errorCode((short) 3))).isTrue();
    assertThat(second.tell(key(0), data(0, 6, 0))).as("recovered").isTrue();
    assertThat(second.tell(key(0), data(0, 6, 0))).isFalse();
  }

  @Test
  void letsThoseGoFirstThatHadNothingLastTime() {
    FetchContext first = context(request(0, FetchContext.INITIAL_EPOCH, 0, 1, 2));
    first.tell(key(0), data(0, 5, 100));
    first.tell(key(1), data(1, 5, 0));
    first.tell(key(2), data(2, 5, 0));

    FetchContext second = context(request(first.sessionId(), 1));

    assertThat(partitions(second)).containsExactly(1, 2, 0);
  }

  @Test
  void refusesASessionItDoesNotHave() {
    assertThat(context(request(77, 1)))
        .isEqualTo(new FetchContext.Refused(ErrorCode.FETCH_SESSION_ID_NOT_FOUND));
  }

  @Test
  void refusesAnEpochOutOfOrderAndKeepsTheSession() {
    FetchContext first = context(request(0, FetchContext.INITIAL_EPOCH, 0));

    assertThat(context(request(first.sessionId(), 2)))
        .isEqualTo(new FetchContext.Refused(ErrorCode.INVALID_FETCH_SESSION_EPOCH));
    assertThat(context(request(first.sessionId(), 1))).isInstanceOf(FetchContext.Incremental.class);
  }

  @Test
  void refusesToMixNamesAndIds() {
    FetchContext first = context(request(0, FetchContext.INITIAL_EPOCH, 0));

    FetchContext second =
        FetchContext.of(request(first.sessionId(), 1), BY_NAME, false, sessions, nowNs);

    assertThat(second).isEqualTo(new FetchContext.Refused(ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR));
  }

  @Test
  void closesASessionWithItsLastRequest() {
    FetchContext first = context(request(0, FetchContext.INITIAL_EPOCH, 0));

    FetchContext last = context(request(first.sessionId(), FetchContext.FINAL_EPOCH, 0));

    assertThat(last.sessionId()).isZero();
    assertThat(sessions.size()).isZero();
  }

  @Test
  void servesWithoutASessionWhenAllSlotsAreInUse() {
    context(request(0, FetchContext.INITIAL_EPOCH, 0));
    context(request(0, FetchContext.INITIAL_EPOCH, 0));

    FetchContext third = context(request(0, FetchContext.INITIAL_EPOCH, 0));

    assertThat(third.sessionId()).isZero();
    assertThat(partitions(third)).containsExactly(0);
    assertThat(sessions.size()).isEqualTo(2);
  }

  @Test
  void givesTheSlotOfASilentSessionAway() {
    context(request(0, FetchContext.INITIAL_EPOCH, 0));
    context(request(0, FetchContext.INITIAL_EPOCH, 0));
    nowNs += TimeUnit.MINUTES.toNanos(3);

    assertThat(context(request(0, FetchContext.INITIAL_EPOCH, 0)).sessionId()).isPositive();
    assertThat(sessions.size()).isEqualTo(2);
  }

  @Test
  void followersSessionsDoNotGiveWayToConsumers() {
    FetchContext follower = FetchContext.of(request(0, 0, 1), BY_ID, true, sessions, nowNs);
    FetchContext other = FetchContext.of(request(0, 0, 2), BY_ID, true, sessions, nowNs);
    nowNs += TimeUnit.SECONDS.toNanos(119);

    assertThat(context(request(0, 0, 1, 2, 3)).sessionId()).isZero();
    assertThat(sessions.get(follower.sessionId())).isNotNull();
    assertThat(sessions.get(other.sessionId())).isNotNull();
  }

  @Test
  void aConsumersSessionGivesWayToAFollowersAtOnce() {
    FetchContext small = context(request(0, 0, 1));
    FetchContext large = context(request(0, 0, 1, 2));

    FetchContext follower = FetchContext.of(request(0, 0, 1), BY_ID, true, sessions, nowNs);

    assertThat(follower.sessionId()).isNotZero();
    assertThat(sessions.get(small.sessionId())).isNull();
    assertThat(sessions.get(large.sessionId())).isNotNull();
  }

  @Test
  void remembersWhatAFollowerHasSaid() {
    FetchContext first = FetchContext.of(request(0, 0, 1), BY_ID, true, sessions, nowNs);
    FollowerFetch report = new FollowerFetch(2, 7, 3, 10, 0);

    assertThat(first.isNews(key(1), report, null)).isTrue();
    FetchContext second =
        FetchContext.of(request(first.sessionId(), 1), BY_ID, true, sessions, nowNs);
    assertThat(second.isNews(key(1), report, null)).isFalse();
    assertThat(second.isNews(key(1), new FollowerFetch(2, 7, 4, 10, 0), null)).isTrue();
    assertThat(second.isNews(key(2), report, null)).isTrue();
  }

  @Test
  void theNextRequestOfASessionEndsTheOneThatWaits() {
    FetchContext first = context(request(0, 0, 1));
    java.util.List<String> ended = new java.util.ArrayList<>();
    first.onWaiting(() -> ended.add("first"));
    FetchContext second = context(request(first.sessionId(), 1, 2));
    assertThat(ended).containsExactly("first");

    second.onWaiting(() -> ended.add("second"));
    context(request(first.sessionId(), 7));
    assertThat(ended).as("a request that does not fit ends nothing").containsExactly("first");
    context(request(first.sessionId(), 2));
    assertThat(ended).containsExactly("first", "second");
  }

  @Test
  void endsTheFetchThatWaitsWhenTheNextComesAndNoneThatHasBeenAnswered() {
    AtomicInteger ended = new AtomicInteger();
    Runnable end = ended::incrementAndGet;
    FetchContext first = context(request(0, FetchContext.INITIAL_EPOCH, 0));
    first.onWaiting(end);

    FetchContext second = context(request(first.sessionId(), 1));
    assertThat(ended).as("the first waited").hasValue(1);

    Runnable secondEnd = ended::incrementAndGet;
    second.onWaiting(secondEnd);
    first.onAnswered(end);
    FetchContext third = context(request(first.sessionId(), 2));
    assertThat(ended).as("the second waits, whatever becomes of the first").hasValue(2);

    third.onWaiting(end);
    third.onAnswered(end);
    context(request(first.sessionId(), 3));
    assertThat(ended).as("nobody waits").hasValue(2);
  }
}
