package io.ottla.compat.cluster;

import java.io.IOException;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Supplier;

/** The ways between the nodes of a cluster, and between them and their clients. */
public final class Network {
  private final Links links;
  private final Supplier<Collection<Integer>> nodes;
  private final Set<Integer> cutOff = new HashSet<>();

  /** Between these nodes; without links nothing can be cut. */
  Network(Links links, Supplier<Collection<Integer>> nodes) {
    this.links = links;
    this.nodes = nodes;
  }

  private Set<Integer> othersThan(int id) {
    Set<Integer> others = new HashSet<>(nodes.get());
    others.remove(id);
    return others;
  }

  /** Cuts a node off from every other node; clients still reach it. */
  public void isolateFromPeers(int id) {
    cutOff.add(id);
    othersThan(id).forEach(other -> links.cut(id, other));
  }

  /** Nothing a node sends reaches its peers; it still hears what they send. */
  public void silence(int id) {
    cutOff.add(id);
    othersThan(id).forEach(other -> links.cutOneWay(id, other));
  }

  /** Cuts two nodes off from each other. */
  public void cut(int one, int other) {
    links.cut(one, other);
  }

  /** Mends the way between two nodes. */
  public void mend(int one, int other) {
    links.mend(one, other);
  }

  /** From now on whatever goes from one node or client to another one takes so long. */
  public void slowDown(int milliseconds) {
    for (int one : nodes.get()) {
      links.slowDown(one, PeerIdentity.CLIENT, milliseconds);
      othersThan(one).forEach(other -> links.slowDown(one, other, milliseconds));
    }
  }

  /** How often something took longer than it should. */
  public long delayed() {
    return links.delayed();
  }

  /** Cuts a node off from the clients; its peers still reach it. */
  public void isolateFromClients(int id) {
    links.cut(id, PeerIdentity.CLIENT);
  }

  /** Makes single requests of clients that connect from now on subject to faults. */
  public RequestFaults disturbRequests(long seed) {
    RequestFaults faults = new RequestFaults(seed);
    links.disturbWith(faults);
    return faults;
  }

  /** Mends all cuts. */
  public void mend() {
    cutOff.clear();
    if (links != null) {
      links.mendAll();
    }
  }

  /** Whether no peer can take notice of this node. */
  boolean isCutOff(int id) {
    return cutOff.contains(id);
  }

  /** How often something between this node and any other had to wait. */
  public long heldFromPeers(int id) {
    return othersThan(id).stream().mapToLong(other -> links.held(id, other)).sum();
  }

  /** How often something between these two had to wait. */
  public long held(int one, int other) {
    return links.held(one, other);
  }

  /** How often something between this node and the clients had to wait. */
  public long heldFromClients(int id) {
    return links.held(id, PeerIdentity.CLIENT);
  }

  void close() throws IOException {
    if (links != null) {
      links.close();
    }
  }
}
