package io.ottla.coordinator;

import io.ottla.runtime.Shard;
import io.ottla.wire.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntFunction;

/**
 * Which partitions of an internal topic this broker coordinates, and the way there for requests.
 * Any thread.
 *
 * @param <S> the state machine of a partition
 */
public final class CoordinatorPartitions<S extends CoordinatorShard> {

  private final AtomicReferenceArray<CoordinatorRuntime<S>> runtimes;
  private final IntFunction<Shard> shards;

  /**
   * @param shards the shard of each partition
   */
  public CoordinatorPartitions(int count, IntFunction<Shard> shards) {
    this.runtimes = new AtomicReferenceArray<>(count);
    this.shards = shards;
  }

  /** The partition of a group or a transactional id, as every Kafka broker computes it. */
  public int partitionFor(String key) {
    int hash = key.hashCode();
    // The smallest integer has no absolute value; Kafka takes 0.
    return (hash == Integer.MIN_VALUE ? 0 : Math.abs(hash)) % runtimes.length();
  }

  public int count() {
    return runtimes.length();
  }

  /** The runtime of a partition that is coordinated here, or null. */
  public CoordinatorRuntime<S> find(int partition) {
    return runtimes.get(partition);
  }

  /**
   * This broker coordinates a partition now, and loads it. Elected again without having resigned,
   * it goes on with what it has; or tries again, if loading had failed.
   *
   * @param making makes the runtime, on the partition's shard
   */
  public void elect(int partition, Function<Shard, CoordinatorRuntime<S>> making) {
    Shard shard = shards.apply(partition);
    CoordinatorRuntime<S> runtime = find(partition);
    if (runtime == null) {
      runtime = making.apply(shard);
      runtimes.set(partition, runtime);
    }
    shard.submit(runtime::load);
  }

  /**
   * This broker does not coordinate a partition any more.
   *
   * @param whenClosed runs on the partition's shard if it did
   */
  public void resign(int partition, Runnable whenClosed) {
    CoordinatorRuntime<S> runtime = runtimes.getAndSet(partition, null);
    if (runtime != null) {
      shards
          .apply(partition)
          .submit(
              () -> {
                runtime.close();
                whenClosed.run();
              });
    }
  }

  /** What is below the offset stays. On the partition's shard, at the end of a batch. */
  public void onHighWatermark(int partition, long highWatermark) {
    CoordinatorRuntime<S> runtime = find(partition);
    if (runtime != null) {
      runtime.onHighWatermark(highWatermark);
    }
  }

  /** Has each partition that is coordinated here run an operation of its own. */
  public void tellAll(Function<S, ? extends CoordinatorResult<?>> operation) {
    for (int partition = 0; partition < count(); partition++) {
      tell(partition, operation);
    }
  }

  /** Has a partition, if it is coordinated here by then, run an operation of its own. */
  public void tell(int partition, Function<S, ? extends CoordinatorResult<?>> operation) {
    if (find(partition) != null) {
      shards
          .apply(partition)
          .submit(
              () -> {
                CoordinatorRuntime<S> runtime = find(partition);
                if (runtime != null) {
                  runtime.runInternal(operation);
                }
              });
    }
  }

  private List<CoordinatorRuntime<S>> owned() {
    List<CoordinatorRuntime<S>> owned = new ArrayList<>();
    for (int i = 0; i < runtimes.length(); i++) {
      CoordinatorRuntime<S> runtime = runtimes.get(i);
      if (runtime != null) {
        owned.add(runtime);
      }
    }
    return owned;
  }

  /**
   * Sends an operation to the partition of a key.
   *
   * @return false if its shard is overloaded; the callback will not be called then
   */
  public <R> boolean ask(
      String key,
      Operation<S, R> operation,
      Consumer<R> callback,
      Function<ErrorCode, R> errorResponse) {
    CoordinatorRuntime<S> runtime = find(partitionFor(key));
    if (runtime == null) {
      callback.accept(errorResponse.apply(ErrorCode.NOT_COORDINATOR));
      return true;
    }
    return runtime.offer(operation, callback, errorResponse);
  }

  /** Like {@link #ask}, for an operation that may share an append with others of its kind. */
  public <R> boolean askShared(
      String key,
      Operation<S, R> operation,
      Consumer<R> callback,
      Function<ErrorCode, R> errorResponse) {
    CoordinatorRuntime<S> runtime = find(partitionFor(key));
    if (runtime == null) {
      callback.accept(errorResponse.apply(ErrorCode.NOT_COORDINATOR));
      return true;
    }
    return runtime.offerShared(operation, callback, errorResponse);
  }

  /**
   * Splits a request about several keys by their partitions and asks each.
   *
   * @param items one per key
   * @param key the key of an item
   * @param operation answers for some of the items, one result each, in their order
   * @param errorResult the result of an item whose partition answers with an error
   * @param callback takes one result per item, in the order of the items
   * @return false if the first shard is overloaded, and nothing was asked
   */
  public <I, R> boolean askEach(
      List<I> items,
      Function<I, String> key,
      Function<List<I>, Operation<S, List<R>>> operation,
      BiFunction<I, ErrorCode, R> errorResult,
      Consumer<List<R>> callback) {
    if (items.isEmpty()) {
      callback.accept(List.of());
      return true;
    }
    Map<Integer, List<Integer>> indexesByPartition = new TreeMap<>();
    for (int i = 0; i < items.size(); i++) {
      indexesByPartition
          .computeIfAbsent(partitionFor(key.apply(items.get(i))), p -> new ArrayList<>())
          .add(i);
    }
    List<List<Integer>> parts = List.copyOf(indexesByPartition.values());
    FanOut<List<R>> fanOut =
        new FanOut<>(
            parts.size(), results -> callback.accept(inOrder(items.size(), parts, results)));
    int part = 0;
    boolean isFirstOfferOut = false;
    for (Map.Entry<Integer, List<Integer>> entry : indexesByPartition.entrySet()) {
      List<I> partItems = entry.getValue().stream().map(items::get).toList();
      Function<ErrorCode, List<R>> errors =
          error -> partItems.stream().map(item -> errorResult.apply(item, error)).toList();
      Consumer<List<R>> taker = fanOut.part(part++);
      CoordinatorRuntime<S> runtime = find(entry.getKey());
      if (runtime == null) {
        taker.accept(errors.apply(ErrorCode.NOT_COORDINATOR));
      } else if (isFirstOfferOut) {
        // Accepted in part means accepted; a request has at most as many parts as partitions.
        runtime.submit(operation.apply(partItems), taker, errors);
      } else if (runtime.offer(operation.apply(partItems), taker, errors)) {
        isFirstOfferOut = true;
      } else {
        return false;
      }
    }
    return true;
  }

  /**
   * Asks all partitions that are coordinated here.
   *
   * @param callback takes one response per partition
   * @return false if the first shard is overloaded, and nothing was asked
   */
  public <R> boolean askAll(
      Operation<S, R> operation, Function<ErrorCode, R> errorResponse, Consumer<List<R>> callback) {
    List<CoordinatorRuntime<S>> owned = owned();
    if (owned.isEmpty()) {
      callback.accept(List.of());
      return true;
    }
    FanOut<R> fanOut = new FanOut<>(owned.size(), callback);
    if (!owned.get(0).offer(operation, fanOut.part(0), errorResponse)) {
      return false;
    }
    for (int i = 1; i < owned.size(); i++) {
      owned.get(i).submit(operation, fanOut.part(i), errorResponse);
    }
    return true;
  }

  private static <R> List<R> inOrder(int size, List<List<Integer>> indexes, List<List<R>> results) {
    List<R> ordered = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      ordered.add(null);
    }
    for (int part = 0; part < indexes.size(); part++) {
      for (int i = 0; i < indexes.get(part).size(); i++) {
        ordered.set(indexes.get(part).get(i), results.get(part).get(i));
      }
    }
    return ordered;
  }
}
