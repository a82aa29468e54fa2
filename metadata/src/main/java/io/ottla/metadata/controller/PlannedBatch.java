package io.ottla.metadata.controller;

import io.ottla.metadata.image.MetadataImage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * Requests of one kind that are planned one by one, sent together, and planned again where the
 * metadata had moved on in between.
 *
 * @param <Q> what is asked
 * @param <P> what is planned for it
 */
final class PlannedBatch<Q, P> {

  /** So often is a request planned before its last refusal is the answer. */
  private static final int MAX_ROUNDS = 8;

  /**
   * What became of one request.
   *
   * @param planned null when planning failed
   */
  record Outcome<P>(ItemResult result, P planned) {}

  private final CommandLog log;
  private final ControllerThread thread;
  private final BiFunction<MetadataImage, Q, P> planner;
  private final Function<List<P>, Command> toCommand;

  /**
   * @param thread where planning is done
   * @param planner throws {@link ControllerException} for what cannot be
   */
  PlannedBatch(
      CommandLog log,
      ControllerThread thread,
      BiFunction<MetadataImage, Q, P> planner,
      Function<List<P>, Command> toCommand) {
    this.log = log;
    this.thread = thread;
    this.planner = planner;
    this.toCommand = toCommand;
  }

  /** Plans and checks, and changes nothing. */
  List<Outcome<P>> validate(List<Q> requests) {
    Round round = new Round(requests);
    if (!round.planned.isEmpty()) {
      round.answer(log.tryAll(round.planned, toCommand));
    }
    return round.outcomes;
  }

  /**
   * Carries the requests out. Called on the controller's thread; one outcome per request, in order.
   */
  CompletableFuture<List<Outcome<P>>> carryOut(List<Q> requests) {
    return carryOut(requests, MAX_ROUNDS);
  }

  private CompletableFuture<List<Outcome<P>>> carryOut(List<Q> requests, int roundsLeft) {
    Round round = new Round(requests);
    if (round.planned.isEmpty()) {
      return CompletableFuture.completedFuture(round.outcomes);
    }
    return log.submitAll(round.planned, toCommand)
        .thenCompose(
            results -> {
              round.answer(results);
              List<Integer> stale = round.stale();
              if (stale.isEmpty() || roundsLeft == 1) {
                return CompletableFuture.completedFuture(round.outcomes);
              }
              List<Q> again = stale.stream().map(requests::get).toList();
              return thread
                  .call(() -> carryOut(again, roundsLeft - 1))
                  .thenApply(outcomes -> round.replaced(stale, outcomes));
            });
  }

  private final class Round {

    private final List<Outcome<P>> outcomes;
    private final List<P> planned = new ArrayList<>();
    private final List<Integer> places = new ArrayList<>();

    Round(List<Q> requests) {
      MetadataImage image = log.image();
      outcomes = new ArrayList<>(Collections.nCopies(requests.size(), null));
      for (int i = 0; i < requests.size(); i++) {
        try {
          planned.add(planner.apply(image, requests.get(i)));
          places.add(i);
        } catch (ControllerException e) {
          outcomes.set(i, new Outcome<>(ItemResult.refused(e.error(), e.getMessage()), null));
        }
      }
    }

    void answer(List<ItemResult> results) {
      for (int i = 0; i < results.size(); i++) {
        outcomes.set(places.get(i), new Outcome<>(results.get(i), planned.get(i)));
      }
    }

    List<Integer> stale() {
      return places.stream().filter(place -> outcomes.get(place).result().stale()).toList();
    }

    List<Outcome<P>> replaced(List<Integer> stale, List<Outcome<P>> again) {
      for (int i = 0; i < stale.size(); i++) {
        outcomes.set(stale.get(i), again.get(i));
      }
      return outcomes;
    }
  }
}
