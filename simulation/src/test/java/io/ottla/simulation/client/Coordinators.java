package io.ottla.simulation.client;

import io.ottla.simulation.client.ClientNetwork.Lane;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.FindCoordinatorRequest;
import io.ottla.wire.message.FindCoordinatorResponse;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.function.Supplier;

/**
 * How one client finds the coordinators of its group and of its transactions, and asks them until
 * they give an answer it can use.
 *
 * <p>Used on the timeline's thread.
 */
public final class Coordinators {

  private static final int VERSION = 6;

  /** Of what. */
  public enum Kind {
    GROUP,
    TRANSACTION
  }

  /** What an answer means for the asking. */
  public enum Verdict {
    /** It is an answer. */
    DONE,
    /** It is to be asked again after a while. */
    AGAIN,
    /** The coordinator is elsewhere: look for it and ask again. */
    MOVED
  }

  private record Key(Kind kind, String name) {}

  private final ClientNetwork network;
  private final Map<Key, Integer> found = new HashMap<>();

  public Coordinators(ClientNetwork network) {
    this.network = network;
  }

  /** The coordinator is no longer where it was. */
  public void forget(Kind kind, String name) {
    found.remove(new Key(kind, name));
  }

  /** Whether an error says that the coordinator is to be looked for. */
  public static boolean isMoved(ErrorCode error) {
    return error == ErrorCode.NOT_COORDINATOR || error == ErrorCode.COORDINATOR_NOT_AVAILABLE;
  }

  private void find(Key key, IntConsumer then) {
    Integer known = found.get(key);
    if (known != null) {
      then.accept(known);
      return;
    }
    FindCoordinatorRequest request =
        new FindCoordinatorRequest()
            .keyType((byte) key.kind.ordinal())
            .coordinatorKeys(List.of(key.name));
    Runnable again =
        () -> network.afterBackoff("looks for its coordinator again", () -> find(key, then));
    network.ask(
        network.anyBroker(),
        Lane.DATA,
        ApiKey.FIND_COORDINATOR,
        VERSION,
        request,
        answer -> {
          FindCoordinatorResponse.Coordinator coordinator =
              ((FindCoordinatorResponse) answer).coordinators().getFirst();
          ErrorCode error = ErrorCode.forCode(coordinator.errorCode());
          if (error == ErrorCode.NONE) {
            found.put(key, coordinator.nodeId());
            then.accept(coordinator.nodeId());
          } else if (error.isRetriable()) {
            again.run();
          } else {
            throw new IllegalStateException(key + " has no coordinator: " + error);
          }
        },
        again);
  }

  /** Asks once, wherever the coordinator is; one of the two is called. */
  public void askOnce(
      Kind kind,
      String name,
      ApiKey api,
      int version,
      Supplier<ApiMessage> request,
      long limitMs,
      Consumer<ApiMessage> answered,
      Runnable lost) {
    find(
        new Key(kind, name),
        broker ->
            network.ask(
                broker,
                Lane.COORDINATOR,
                api,
                version,
                request.get(),
                limitMs,
                answered,
                () -> {
                  forget(kind, name);
                  lost.run();
                }));
  }

  /**
   * Asks until the answer is one.
   *
   * @param request made anew each time
   * @param judge looks at each answer, and takes what it wants from the one that is one
   */
  public void ask(
      Kind kind,
      String name,
      ApiKey api,
      int version,
      Supplier<ApiMessage> request,
      Function<ApiMessage, Verdict> judge) {
    Runnable again =
        () ->
            network.afterBackoff(
                "asks its coordinator again", () -> ask(kind, name, api, version, request, judge));
    askOnce(
        kind,
        name,
        api,
        version,
        request,
        network.times().requestMs(),
        answer -> {
          switch (judge.apply(answer)) {
            case DONE -> {}
            case AGAIN -> again.run();
            case MOVED -> {
              forget(kind, name);
              again.run();
            }
          }
        },
        again);
  }
}
