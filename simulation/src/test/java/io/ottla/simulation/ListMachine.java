package io.ottla.simulation;

import io.ottla.metadata.quorum.QuorumStateMachine;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Keeps the commands it is given, and answers how many there were; remembers who led. */
final class ListMachine implements QuorumStateMachine<Integer> {

  final List<String> commands = new ArrayList<>();
  final List<Long> indexes = new ArrayList<>();
  final List<Long> readyIn = new ArrayList<>();
  final List<Integer> leaders = new ArrayList<>();
  int deposed;
  int restored;

  /** What was applied when this node became ready last. */
  int appliedWhenReady;

  long hash() {
    return String.join(",", commands).hashCode();
  }

  @Override
  public Integer apply(long index, long term, byte[] command) {
    commands.add(new String(command, StandardCharsets.UTF_8));
    indexes.add(index);
    return commands.size();
  }

  @Override
  public void writeSnapshot(OutputStream out) throws IOException {
    out.write(String.join(",", commands).getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void readSnapshot(InputStream in) throws IOException {
    commands.clear();
    commands.addAll(List.of(new String(in.readAllBytes(), StandardCharsets.UTF_8).split(",")));
    restored++;
  }

  @Override
  public void onLeaderReady(long term) {
    readyIn.add(term);
    appliedWhenReady = commands.size();
  }

  @Override
  public void onNotLeader() {
    deposed++;
  }

  @Override
  public void onLeaderChanged(int leaderId, long term) {
    leaders.add(leaderId);
  }
}
