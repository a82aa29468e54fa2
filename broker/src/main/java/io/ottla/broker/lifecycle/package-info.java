/** A broker's membership of its cluster: registration, heartbeats, fencing and leaving in order. */
package io.ottla.broker.lifecycle;
