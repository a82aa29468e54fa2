package io.ottla.simulation;

import io.netty.buffer.ByteBuf;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * The side of a connection that asks: its answers come in the order of its requests, and what is
 * under way when it breaks fails.
 */
final class AskingConnection {

  private record Waiting(
      long number, ApiKey api, short version, CompletableFuture<ApiMessage> answer) {}

  private final Pipe.End end;
  private final String clientId;
  private final Queue<Waiting> waiting = new ArrayDeque<>();
  private long asked;

  /**
   * @param end of a connection whose other side serves
   * @param here runs what arrives where the asker is
   */
  AskingConnection(Pipe.End end, Consumer<Runnable> here, String clientId) {
    this.end = end;
    this.clientId = clientId;
    end.whenArrived(message -> here.accept(() -> take((ServedConnection.Answered) message)));
    end.whenClosed(() -> here.accept(this::failAll));
  }

  boolean isOpen() {
    return end.isOpen();
  }

  boolean isIdle() {
    return waiting.isEmpty();
  }

  CompletableFuture<ApiMessage> send(ApiKey api, short version, ApiMessage request) {
    CompletableFuture<ApiMessage> answer = new CompletableFuture<>();
    if (!end.isOpen()) {
      answer.completeExceptionally(new ClientLink.Lost("the connection is closed"));
      return answer;
    }
    ByteBuf bytes;
    try {
      bytes = Wire.encode(request, version);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    waiting.add(new Waiting(++asked, api, version, answer));
    end.send(new ServedConnection.Asked(asked, api, version, clientId, bytes));
    return answer;
  }

  private void take(ServedConnection.Answered answered) {
    Waiting first = waiting.poll();
    // What is answered silently, an append with acks=0, has no answer.
    while (first != null && first.number < answered.number()) {
      first.answer.completeExceptionally(new ClientLink.Lost("it was not answered"));
      first = waiting.poll();
    }
    if (first != null) {
      first.answer.complete(Wire.decode(first.api.newResponse(), answered.bytes(), first.version));
    }
  }

  void close() {
    end.close();
    failAll();
  }

  private void failAll() {
    for (Waiting one = waiting.poll(); one != null; one = waiting.poll()) {
      one.answer.completeExceptionally(new ClientLink.Lost("the connection broke"));
    }
  }
}
