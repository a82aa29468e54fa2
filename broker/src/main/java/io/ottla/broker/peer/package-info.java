/**
 * What this node says to other nodes: connections to them, the way to the active controller, the
 * quorum's messages, and requests that are passed on.
 */
package io.ottla.broker.peer;
