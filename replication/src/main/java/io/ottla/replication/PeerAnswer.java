package io.ottla.replication;

/**
 * What another broker answered.
 *
 * @param message the answer; record bytes in it lie in the frame that carried it
 * @param release gives that frame back: to be run once, from any thread, when nothing in the
 *     message is looked at any more
 */
public record PeerAnswer<R>(R message, Runnable release) {}
