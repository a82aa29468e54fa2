/**
 * Handlers of what administrators and every client ask of the cluster: topics, configurations,
 * where things are. They read one image per request; changes go through the controller and are
 * answered when they are published.
 */
package io.ottla.broker.admin;
