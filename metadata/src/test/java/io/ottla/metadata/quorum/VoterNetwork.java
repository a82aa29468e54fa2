package io.ottla.metadata.quorum;

import io.ottla.metadata.config.HostPort;
import java.io.IOException;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Carries messages between voters of one process, or does not. */
final class VoterNetwork implements AutoCloseable {

  private final Map<HostPort, RatisQuorum<?>> nodes = new ConcurrentHashMap<>();
  private final Set<Integer> cutOff = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService delayer = Executors.newSingleThreadScheduledExecutor();
  private final Random random;
  private volatile double lossRate;
  private volatile int maxDelayMs;

  /** Messages sent, whether they arrived or not. */
  final AtomicLong sent = new AtomicLong();

  VoterNetwork(long seed) {
    random = new Random(seed);
  }

  void attach(HostPort address, RatisQuorum<?> quorum) {
    nodes.put(address, quorum);
  }

  void detach(HostPort address) {
    nodes.remove(address);
  }

  /** Nothing gets in or out; whoever waits for an answer waits. */
  void cutOff(int nodeId) {
    cutOff.add(nodeId);
  }

  void heal() {
    cutOff.clear();
    lossRate = 0;
    maxDelayMs = 0;
  }

  void disturb(double loss, int delayMs) {
    lossRate = loss;
    maxDelayMs = delayMs;
  }

  QuorumTransport transportOf(int fromNodeId) {
    return (toNodeId, address, message, timeoutMs) -> {
      sent.incrementAndGet();
      CompletableFuture<byte[]> answer = new CompletableFuture<>();
      delayer.schedule(
          () -> deliver(fromNodeId, toNodeId, address, message, answer),
          delayMs(),
          TimeUnit.MILLISECONDS);
      return answer;
    };
  }

  private void deliver(
      int fromNodeId,
      int toNodeId,
      HostPort address,
      byte[] message,
      CompletableFuture<byte[]> answer) {
    if (isLost(fromNodeId, toNodeId)) {
      return;
    }
    RatisQuorum<?> to = nodes.get(address);
    if (to == null) {
      answer.completeExceptionally(new IOException("connection refused"));
      return;
    }
    var _ =
        to.receive(fromNodeId, message)
            .whenComplete(
                (bytes, failure) -> {
                  if (isLost(fromNodeId, toNodeId)) {
                    return;
                  }
                  if (failure != null) {
                    answer.completeExceptionally(failure);
                  } else {
                    answer.complete(bytes);
                  }
                });
  }

  private boolean isLost(int fromNodeId, int toNodeId) {
    if (cutOff.contains(fromNodeId) || cutOff.contains(toNodeId)) {
      return true;
    }
    synchronized (random) {
      return random.nextDouble() < lossRate;
    }
  }

  private int delayMs() {
    int max = maxDelayMs;
    synchronized (random) {
      return max == 0 ? 0 : random.nextInt(max);
    }
  }

  @Override
  public void close() {
    delayer.shutdownNow();
  }
}
