/**
 * Clients as a cluster meets them: producers, transactions, consumers and members of groups that
 * retry, look for leaders and coordinators and give up as those of Kafka do, told in their own way.
 * All of a client lives on the timeline's thread; closing its network is its crash.
 */
package io.ottla.simulation.client;
