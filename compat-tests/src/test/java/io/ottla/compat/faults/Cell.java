package io.ottla.compat.faults;

import io.ottla.compat.broker.BrokerConfig;
import io.ottla.compat.cluster.Cluster;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * One cell of the fault suite: which cluster does which work while what happens to it. All cells
 * end with the same checks, see {@link Scene}.
 *
 * @param id its name in the table, R-01 and so on
 * @param title what happens, in a word or two
 * @param first the smallest set that has it
 * @param roles the process.roles of its nodes, from 1 on
 * @param loads what its clients do
 * @param notInShort what they do not do in the shortest set
 * @param topicSettings of the queue's topic
 * @param cluster what is special about its cluster
 * @param traits what else is special
 * @param plan what happens; it proves that each fault did happen
 * @param absent why it cannot be run, or "" if it can: then there is no plan
 */
record Cell(
    String id,
    String title,
    FaultSet first,
    List<String> roles,
    Set<Load> loads,
    Set<Load> notInShort,
    Map<String, String> topicSettings,
    UnaryOperator<Cluster> cluster,
    Set<Trait> traits,
    Plan plan,
    String absent) {
  private static final String BOTH = "broker,controller";

  /** What clients can be at. */
  enum Load {
    /** Idempotent producers, readers that assign, and two members of a group that subscribe. */
    QUEUE,
    /** Transactional writers, copiers that read, process and write, readers of both isolations. */
    TRANSACTIONS,
    /** Two members of a group in each of three protocols, on the queue's topic. */
    GROUPS,
    /** Values and tombstones under keys of a compacted topic, some in transactions. */
    KEYS
  }

  /** What else can be special. */
  enum Trait {
    /** Single requests of clients can be disturbed; needs proxies. */
    REQUESTS_DISTURBED,
    /** Nobody can write for so long that also patient producers may give up. */
    WRITES_MAY_FAIL
  }

  /** What happens to the cluster; draws what is not laid down from the scene's random numbers. */
  interface Plan {
    void happen(Scene scene) throws Exception;
  }

  /** A cell of three nodes that are brokers and controllers. */
  static Cell of(FaultSet first, String id, String title, Plan plan, Load... loads) {
    return new Cell(
        id,
        title,
        first,
        List.of(BOTH, BOTH, BOTH),
        Set.of(loads),
        Set.of(),
        Map.of(),
        cluster -> cluster,
        Set.of(),
        plan,
        "");
  }

  /** A cell that cannot be run, and why. */
  static Cell absent(String id, String title, String why) {
    return new Cell(
        id,
        title,
        FaultSet.NIGHTLY,
        List.of(),
        Set.of(),
        Set.of(),
        Map.of(),
        cluster -> cluster,
        Set.of(),
        scene -> {},
        why);
  }

  /** Without this load in the shortest set. */
  Cell inShortWithout(Load load) {
    return new Cell(
        id, title, first, roles, loads, Set.of(load), topicSettings, cluster, traits, plan, absent);
  }

  /** On so many nodes that are all brokers and controllers. */
  Cell onNodes(int count) {
    return on(Collections.nCopies(count, BOTH));
  }

  /** On three brokers whose controller is a fourth node, number 1. */
  Cell withItsOwnController() {
    return on(List.of("controller", "broker", "broker", "broker"));
  }

  private Cell on(List<String> others) {
    return new Cell(
        id, title, first, others, loads, notInShort, topicSettings, cluster, traits, plan, absent);
  }

  /** With proxies between the nodes, and before them. */
  Cell behindProxies() {
    return adapted(Cluster::behindProxies);
  }

  /** With a property on every node. */
  Cell with(String key, String value) {
    return adapted(some -> some.with(key, value));
  }

  /** With another configuration of every node. */
  Cell onNodesLike(UnaryOperator<BrokerConfig> config) {
    return adapted(some -> some.adapted(config));
  }

  private Cell adapted(UnaryOperator<Cluster> further) {
    return new Cell(
        id,
        title,
        first,
        roles,
        loads,
        notInShort,
        topicSettings,
        some -> further.apply(cluster.apply(some)),
        traits,
        plan,
        absent);
  }

  /** With a setting of the queue's topic. */
  Cell onTopicWith(String key, String value) {
    Map<String, String> all = new HashMap<>(topicSettings);
    all.put(key, value);
    return new Cell(id, title, first, roles, loads, notInShort, all, cluster, traits, plan, absent);
  }

  /** With something special. */
  Cell being(Trait trait) {
    return new Cell(
        id,
        title,
        first,
        roles,
        loads,
        notInShort,
        topicSettings,
        cluster,
        Set.of(trait),
        plan,
        absent);
  }

  boolean isAbsent() {
    return !absent.isEmpty();
  }

  @Override
  public String toString() {
    return id + " " + title;
  }
}
