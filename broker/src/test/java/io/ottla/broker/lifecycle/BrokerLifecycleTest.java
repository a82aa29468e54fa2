package io.ottla.broker.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.runtime.ManualClock;
import io.ottla.runtime.ManualShard;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.BrokerHeartbeatRequest;
import io.ottla.wire.message.BrokerHeartbeatResponse;
import io.ottla.wire.message.BrokerRegistrationRequest;
import io.ottla.wire.message.BrokerRegistrationResponse;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class BrokerLifecycleTest {

  private record Sent(
      ApiKey api, ApiMessage request, long timeoutMs, CompletableFuture<ApiMessage> answer) {}

  private final ManualClock clock = new ManualClock(1_000_000);
  private final ManualShard shard = new ManualShard(clock);
  private final Deque<Sent> sent = new ArrayDeque<>();
  private final List<String> session = new ArrayList<>();
  private long published = 5;
  private DiskTrouble disks = DiskTrouble.NONE;

  private final BrokerLifecycle lifecycle =
      new BrokerLifecycle(
          shard,
          (api, request, timeoutMs) -> {
            CompletableFuture<ApiMessage> answer = new CompletableFuture<>();
            sent.add(new Sent(api, request, timeoutMs, answer));
            return answer;
          },
          new BrokerRegistrationRequest().brokerId(3),
          () -> published,
          () -> disks,
          new LifecycleSettings(2_000, 9_000, 60_000),
          new SessionListener() {
            @Override
            public void onSessionLost() {
              session.add("lost");
            }

            @Override
            public void onSessionBack() {
              session.add("back");
            }
          });

  private void answer(ApiMessage response) {
    sent.remove().answer.complete(response);
    shard.turn();
  }

  private void fail() {
    sent.remove().answer.completeExceptionally(new IllegalStateException("no controller"));
    shard.turn();
  }

  private void pass(long ms) {
    clock.advanceMs(ms);
    shard.turn();
  }

  private BrokerHeartbeatRequest heartbeat() {
    assertThat(sent).hasSize(1);
    return (BrokerHeartbeatRequest) sent.peek().request;
  }

  private static BrokerHeartbeatResponse alive(boolean fenced) {
    return new BrokerHeartbeatResponse().isCaughtUp(true).isFenced(fenced);
  }

  private void register() {
    lifecycle.register();
    shard.turn();
    answer(new BrokerRegistrationResponse().brokerEpoch(42));
  }

  private void run() {
    register();
    CompletableFuture<Void> unfenced = lifecycle.ready();
    shard.turn();
    while (!unfenced.isDone()) {
      if (sent.isEmpty()) {
        pass(20);
      }
      answer(alive(heartbeat().wantFence()));
    }
  }

  @Test
  void keepsItsSessionWhileItIsStillGettingReady() {
    register();
    assertThat(lifecycle.brokerEpoch()).isEqualTo(42);
    assertThat(heartbeat().wantFence()).isTrue();
    answer(alive(true));
    pass(1_999);
    assertThat(sent).isEmpty();
    pass(1);
    assertThat(heartbeat().brokerEpoch()).isEqualTo(42);
  }

  /** A controller without processor time answers late, and would lose all brokers at once. */
  @Test
  void waitsHalfASessionForAnAnswerButNotBeyondItsEnd() {
    run();
    pass(2_000);
    assertThat(sent.element().timeoutMs).isEqualTo(4_500);
    pass(4_500);
    fail();
    pass(200);
    assertThat(sent.element().timeoutMs).isEqualTo(9_000 - 2_000 - 4_500 - 200);
    pass(2_300);
    fail();
    assertThat(session).endsWith("lost");
    pass(200);
    assertThat(sent.element().timeoutMs).as("nothing more to lose").isEqualTo(4_500);
  }

  @Test
  void doesNotWaitLongWhenItLeaves() {
    run();
    var _ = lifecycle.leave();
    shard.turn();
    pass(2_000);
    assertThat(sent.element().timeoutMs).isEqualTo(2_000);
  }

  @Test
  void asksToBeUnfencedAtOnceWhenReadyAndAgainSoonUntilItIs() {
    register();
    answer(alive(true));
    CompletableFuture<Void> unfenced = lifecycle.ready();
    shard.turn();
    pass(0);
    assertThat(heartbeat().wantFence()).isFalse();
    answer(alive(true));
    pass(20);
    assertThat(heartbeat().currentMetadataOffset()).isEqualTo(5);
    assertThat(unfenced).isNotDone();
    answer(alive(false));
    assertThat(unfenced).isCompleted();
  }

  @Test
  void asksToBeFencedWhenADirectoryIsFullAndToBeTakenBackWhenItHasRoom() {
    run();
    disks = new DiskTrouble(true, List.of());
    lifecycle.report();
    lifecycle.report();
    shard.turn();
    pass(0);
    assertThat(heartbeat().wantFence()).isTrue();
    answer(alive(true));
    pass(1_999);
    assertThat(sent).as("nobody waits for it").isEmpty();
    pass(1);
    assertThat(heartbeat().wantFence()).isTrue();
    answer(alive(true));
    disks = DiskTrouble.NONE;
    lifecycle.report();
    shard.turn();
    pass(0);
    assertThat(heartbeat().wantFence()).isFalse();
    answer(alive(true));
    pass(20);
    assertThat(heartbeat().wantFence()).as("asks again soon").isFalse();
  }

  @Test
  void asksToBeTakenBackWhenNobodyIsLeftWhoCouldLeadInstead() {
    run();
    disks = new DiskTrouble(true, List.of());
    pass(2_000);
    assertThat(heartbeat().wantFence()).isTrue();
    answer(alive(true));
    disks = DiskTrouble.NONE; // The others are gone; nobody says so.
    pass(2_000);
    assertThat(heartbeat().wantFence()).isFalse();
  }

  @Test
  void isUpThoughItCannotLeadWhenItsDisksWereInTroubleBefore() {
    register();
    answer(alive(true));
    disks = new DiskTrouble(true, List.of());
    CompletableFuture<Void> up = lifecycle.ready();
    shard.turn();
    pass(0);
    assertThat(heartbeat().wantFence()).isTrue();
    assertThat(up).isNotDone();
    answer(alive(true));
    assertThat(up).isCompleted();
  }

  @Test
  void tellsWhatBecameNewsWhileAHeartbeatWasUnderWay() {
    run();
    pass(2_000);
    assertThat(heartbeat().wantFence()).isFalse();
    disks = new DiskTrouble(true, List.of());
    lifecycle.report();
    shard.turn();
    answer(alive(false));
    pass(0);
    assertThat(heartbeat().wantFence()).isTrue();
  }

  @Test
  void stopsLeadingWhenNoHeartbeatIsAnsweredForASessionAndGoesOnAfterwards() {
    run();
    pass(2_000);
    for (int i = 0; i < 60 && session.isEmpty(); i++) {
      fail();
      pass(200);
    }
    assertThat(session).containsExactly("lost");
    answer(alive(true));
    assertThat(session).as("others lead").containsExactly("lost");
    pass(20);
    answer(alive(false));
    assertThat(session).containsExactly("lost", "back");
  }

  @Test
  void stopsLeadingWhenItHearsThatItWasFenced() {
    run();
    pass(2_000);
    answer(alive(true));
    assertThat(session).containsExactly("lost");
    assertThat(lifecycle.hasSession()).isFalse();
    pass(20);
    answer(alive(false));
    assertThat(session).containsExactly("lost", "back");
    assertThat(lifecycle.hasSession()).isTrue();
  }

  @Test
  void hasASessionFromTheHeartbeatThatWasAnsweredOn() {
    assertThat(lifecycle.hasSession()).as("not registered").isFalse();
    run();
    assertThat(lifecycle.hasSession()).isTrue();
    pass(2_000);
    clock.advanceMs(3_000);
    answer(alive(false));
    clock.advanceMs(5_999);
    assertThat(lifecycle.hasSession()).isTrue();

    clock.advanceMs(1);

    assertThat(lifecycle.hasSession()).as("nobody has noticed yet").isFalse();
    assertThat(session).isEmpty();
  }

  @Test
  void registersAgainWhenItsRegistrationIsGone() {
    run();
    pass(2_000);
    answer(new BrokerHeartbeatResponse().errorCode(ErrorCode.BROKER_ID_NOT_REGISTERED.code()));
    BrokerRegistrationRequest again = (BrokerRegistrationRequest) sent.peek().request;
    assertThat(again.previousBrokerEpoch()).isEqualTo(42);
    assertThat(session).as("leads nothing meanwhile").containsExactly("lost");
    answer(new BrokerRegistrationResponse().brokerEpoch(77));
    assertThat(lifecycle.brokerEpoch()).isEqualTo(77);
    assertThat(heartbeat().brokerEpoch()).isEqualTo(77);
    answer(alive(true));
    pass(20);
    answer(alive(false));
    assertThat(session).containsExactly("lost", "back");
  }

  @Test
  void retriesAgainstALiveTwinAndThenSaysWhatToDo() {
    CompletableFuture<Long> registered = lifecycle.register();
    shard.turn();
    for (int i = 0; i < 400 && !registered.isDone(); i++) {
      answer(
          new BrokerRegistrationResponse()
              .errorCode(ErrorCode.DUPLICATE_BROKER_REGISTRATION.code()));
      pass(200);
    }
    assertThatThrownBy(registered::join)
        .isInstanceOf(CompletionException.class)
        .hasMessageContaining("node 3")
        .hasMessageContaining("node.id");
  }

  @Test
  void aRefusedRegistrationIsNotTriedAgain() {
    CompletableFuture<Long> registered = lifecycle.register();
    shard.turn();
    answer(new BrokerRegistrationResponse().errorCode(ErrorCode.INCONSISTENT_CLUSTER_ID.code()));
    assertThat(registered).isCompletedExceptionally();
    pass(1_000);
    assertThat(sent).isEmpty();
  }

  @Test
  void leavesWhenTheControllerHasMovedItsLeadersAway() {
    run();
    CompletableFuture<Void> left = lifecycle.leave();
    shard.turn();
    pass(0);
    assertThat(heartbeat().wantShutDown()).isTrue();
    answer(alive(false));
    assertThat(left).isNotDone();
    pass(20);
    answer(alive(true).shouldShutDown(true));
    assertThat(left).isCompleted();
    pass(60_000);
    assertThat(sent).isEmpty();
  }

  @Test
  void leavesWithoutTheControllersWordWhenNoneAnswers() {
    run();
    CompletableFuture<Void> left = lifecycle.leave();
    shard.turn();
    pass(0);
    for (int i = 0; i < 100 && !left.isDone(); i++) {
      fail();
      pass(200);
    }
    assertThat(left).isCompleted();
    assertThat(shard.clock().nowNs()).isLessThan(8_000_000_000L);
  }

  @Test
  void tellsAtOnceHowFarItIsWhenSomebodyWaitsForThat() {
    run();
    published = 9;
    lifecycle.report();
    shard.turn();
    pass(0);
    assertThat(heartbeat().currentMetadataOffset()).isEqualTo(9);
  }

  @Test
  void asksToBeFencedWhenALogDirectoryFails() {
    run();
    disks = new DiskTrouble(true, List.of(new Uuid(1, 2)));
    pass(2_000);
    assertThat(heartbeat().offlineLogDirs()).containsExactly(new Uuid(1, 2));
    assertThat(heartbeat().wantFence()).isTrue();
    answer(alive(true));
    pass(1_999);
    assertThat(sent).as("no hurry").isEmpty();
    pass(1);
    assertThat(heartbeat().wantFence()).isTrue();
  }
}
