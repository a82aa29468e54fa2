/**
 * Histories of what clients did and were told, and checkers that look for what may never be in one:
 * records lost, written twice, in another order, read though aborted.
 *
 * <p>Knows no client and no broker, so that simulated clients, stock clients of several versions
 * and stock clients in processes of their own can tell one history.
 */
package io.ottla.history;
