package io.ottla.metadata.controller;

import io.ottla.metadata.codec.TooLargeException;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.MetadataPublication;
import io.ottla.metadata.quorum.MetadataQuorum;
import io.ottla.metadata.quorum.QuorumException;
import io.ottla.wire.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * Takes commands to the quorum and brings their results back, once published. Used by the
 * controller's shard; published results come on the publication's thread, failures as {@link
 * ControllerException}.
 */
final class CommandLog {

  private final MetadataQuorum<CommandResult> quorum;
  private final ControllerStateMachine stateMachine;
  private final MetadataPublication publication;
  private final Planner planner;

  CommandLog(
      MetadataQuorum<CommandResult> quorum,
      ControllerStateMachine stateMachine,
      MetadataPublication publication,
      Planner planner) {
    this.quorum = quorum;
    this.stateMachine = stateMachine;
    this.publication = publication;
    this.planner = planner;
  }

  /** The newest image: what planning is done on. */
  MetadataImage image() {
    return stateMachine.image();
  }

  /** Completed when all that is applied now is published. */
  CompletableFuture<Void> published() {
    CompletableFuture<Void> published = new CompletableFuture<>();
    publication.whenPublished(() -> published.complete(null));
    return published;
  }

  /** Answers when it is published. Fails for a command that is refused as a whole. */
  CompletableFuture<CommandResult> submit(Command command) {
    long term = quorum.leaderTerm();
    if (term < 0) {
      return CompletableFuture.failedFuture(notController());
    }
    return sent(term, command, this::published).thenApply(CommandLog::notRefused);
  }

  /**
   * Answers when it is applied, on the applying thread; that it was refused as a whole is an
   * answer, unless that was because of its term.
   *
   * @param term in which it was planned: it fails in a later one
   */
  CompletableFuture<CommandResult> apply(long term, Command command) {
    return sent(term, command, CommandLog::applied)
        .thenApply(
            result -> {
              if (result instanceof CommandResult.Refused refused
                  && refused.error() == ErrorCode.NOT_CONTROLLER) {
                throw notController();
              }
              return result;
            });
  }

  private CompletableFuture<CommandResult> sent(
      long term, Command command, UnaryOperator<CompletableFuture<CommandResult>> answered) {
    byte[] bytes;
    try {
      bytes = CommandCodec.encode(term, planner, command);
    } catch (TooLargeException e) {
      return CompletableFuture.failedFuture(
          new ControllerException(
              ErrorCode.POLICY_VIOLATION, "The request " + e.getMessage() + "."));
    }
    return answered.apply(quorum.submit(bytes));
  }

  /**
   * Sends items in as many commands as they need; items do not depend on one another. One that does
   * not fit a command by itself is refused.
   *
   * @return a result for each item, in order
   */
  <T> CompletableFuture<List<ItemResult>> submitAll(
      List<T> items, Function<List<T>, Command> toCommand) {
    long term = quorum.leaderTerm();
    if (term < 0) {
      return CompletableFuture.failedFuture(notController());
    }
    byte[] bytes;
    try {
      bytes = CommandCodec.encode(term, planner, toCommand.apply(items));
    } catch (TooLargeException e) {
      if (items.size() == 1) {
        return CompletableFuture.completedFuture(
            List.of(
                ItemResult.refused(
                    ErrorCode.POLICY_VIOLATION, "The change " + e.getMessage() + ".")));
      }
      int half = items.size() / 2;
      CompletableFuture<List<ItemResult>> first = submitAll(items.subList(0, half), toCommand);
      CompletableFuture<List<ItemResult>> second =
          submitAll(items.subList(half, items.size()), toCommand);
      return first.thenCombine(second, CommandLog::joined);
    }
    return published(quorum.submit(bytes)).thenApply(CommandLog::itemResults);
  }

  /** What {@link #submitAll} would answer now, without doing it. */
  <T> List<ItemResult> tryAll(List<T> items, Function<List<T>, Command> toCommand) {
    if (quorum.leaderTerm() < 0) {
      throw notController();
    }
    MetadataImage image = image();
    Changes changes = new Changes(image, image.offset() + 1, planner);
    return itemResults(ControllerStateMachine.apply(changes, toCommand.apply(items)));
  }

  /** Checks that a command would not be refused as a whole now, without doing it. */
  void tryOne(Command command) {
    if (quorum.leaderTerm() < 0) {
      throw notController();
    }
    MetadataImage image = image();
    Changes changes = new Changes(image, image.offset() + 1, planner);
    var _ = notRefused(ControllerStateMachine.apply(changes, command));
  }

  private static CompletableFuture<CommandResult> applied(
      CompletableFuture<CommandResult> applied) {
    return applied.exceptionallyCompose(
        failure -> CompletableFuture.failedFuture(translated(failure)));
  }

  private CompletableFuture<CommandResult> published(CompletableFuture<CommandResult> applied) {
    CompletableFuture<CommandResult> published = new CompletableFuture<>();
    var _ =
        applied.whenComplete(
            (result, failure) ->
                publication.whenPublished(
                    () -> {
                      if (failure != null) {
                        published.completeExceptionally(translated(failure));
                      } else {
                        published.complete(result);
                      }
                    }));
    return published;
  }

  private static ControllerException translated(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return switch (cause) {
      case QuorumException.NotLeader notLeader ->
          new ControllerException(ErrorCode.NOT_CONTROLLER, notLeader.getMessage());
      case QuorumException.Overloaded overloaded ->
          new ControllerException(ErrorCode.REQUEST_TIMED_OUT, overloaded.getMessage());
      case QuorumException.OutcomeUnknown unknown ->
          new ControllerException(ErrorCode.REQUEST_TIMED_OUT, unknown.getMessage());
      default -> new ControllerException(ErrorCode.UNKNOWN_SERVER_ERROR, cause.toString());
    };
  }

  private static CommandResult notRefused(CommandResult result) {
    if (result instanceof CommandResult.Refused refused) {
      throw new ControllerException(refused.error(), refused.message());
    }
    return result;
  }

  private static List<ItemResult> itemResults(CommandResult result) {
    return ((CommandResult.Items) notRefused(result)).results();
  }

  private static List<ItemResult> joined(List<ItemResult> first, List<ItemResult> second) {
    List<ItemResult> all = new ArrayList<>(first);
    all.addAll(second);
    return all;
  }

  private static ControllerException notController() {
    return new ControllerException(ErrorCode.NOT_CONTROLLER, ErrorCode.NOT_CONTROLLER.message());
  }
}
