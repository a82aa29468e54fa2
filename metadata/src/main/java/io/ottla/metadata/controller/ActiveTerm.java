package io.ottla.metadata.controller;

import io.ottla.runtime.Shard;

/**
 * One term in which this node is the active controller: what it knows besides the metadata, and
 * what it does without being asked. Confined to the controller's shard.
 */
final class ActiveTerm {

  private final long term;
  private final boolean setsFeatures;
  private final BrokerSessions sessions;
  private final SessionWatch watch;
  private final AbsenceWatch absences;
  private final LeaderBalancer balancer;

  /** Begins: every registered broker has a whole session before it. */
  ActiveTerm(
      long term, ControllerSettings settings, CommandLog log, BrokerProbe probe, Shard shard) {
    this.term = term;
    this.setsFeatures = !settings.features().isEmpty();
    this.sessions = new BrokerSessions(settings.sessionTimeoutMs());
    this.watch = new SessionWatch(term, settings.sessionTimeoutMs(), log, sessions, shard);
    this.absences = new AbsenceWatch(settings.nodeId(), log, sessions, watch, probe, shard);
    this.balancer = new LeaderBalancer(term, settings.balance(), log, shard);
    sessions.beginAll(log.image(), shard.clock().nowNs());
    watch.start();
    absences.start();
    balancer.start();
  }

  long term() {
    return term;
  }

  /** Whether a new cluster's features get levels before anything else. */
  boolean setsFeatures() {
    return setsFeatures;
  }

  BrokerSessions sessions() {
    return sessions;
  }

  AbsenceWatch absences() {
    return absences;
  }

  void end() {
    watch.stop();
    absences.stop();
    balancer.stop();
  }
}
