/**
 * What coordinators of groups and of transactions have in common in a broker: their internal
 * topics, the partitions of those that this broker leads, and where clients find them.
 */
package io.ottla.broker.coordinator;
