/** Handlers of what brokers ask of the controllers; served on the controllers' listener only. */
package io.ottla.broker.controller;
