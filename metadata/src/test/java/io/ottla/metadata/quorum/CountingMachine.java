package io.ottla.metadata.quorum;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/** Remembers the commands it was given; "poison" cannot be applied, "wait" takes its time. */
final class CountingMachine implements QuorumStateMachine<String> {

  final CompletableFuture<Long> leading = new CompletableFuture<>();

  /** Ends the wait of the command "wait". */
  final CountDownLatch release = new CountDownLatch(1);

  private final List<String> applied = new ArrayList<>();
  private final List<Integer> leaders = new CopyOnWriteArrayList<>();
  private int fromSnapshot;

  synchronized List<String> applied() {
    return List.copyOf(applied);
  }

  /** Each of them once: who does not hear of an outcome submits again. */
  List<String> distinct() {
    return applied().stream().distinct().toList();
  }

  /** How many of them came out of a snapshot. */
  synchronized int fromSnapshot() {
    return fromSnapshot;
  }

  @Override
  public synchronized String apply(long index, long term, byte[] command) {
    String text = new String(command, StandardCharsets.UTF_8);
    if (text.equals("poison")) {
      throw new IllegalStateException("poisoned");
    }
    if (text.equals("wait")) {
      awaitRelease();
    }
    applied.add(text);
    return applied.size() + ":" + text;
  }

  private void awaitRelease() {
    try {
      release.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public synchronized void writeSnapshot(OutputStream out) throws IOException {
    DataOutputStream data = new DataOutputStream(out);
    data.writeInt(applied.size());
    for (String text : applied) {
      data.writeInt(text.length());
      data.writeBytes(text);
    }
    data.flush();
  }

  @Override
  public synchronized void readSnapshot(InputStream in) throws IOException {
    DataInputStream data = new DataInputStream(in);
    applied.clear();
    for (int left = data.readInt(); left > 0; left--) {
      applied.add(new String(data.readNBytes(data.readInt()), StandardCharsets.ISO_8859_1));
    }
    fromSnapshot = applied.size();
  }

  @Override
  public void onLeaderReady(long term) {
    leading.complete(term);
  }

  @Override
  public void onNotLeader() {}

  @Override
  public void onLeaderChanged(int leaderId, long term) {
    leaders.add(leaderId);
  }

  /** Whom it was told to lead, oldest first. */
  List<Integer> leaders() {
    return leaders;
  }
}
