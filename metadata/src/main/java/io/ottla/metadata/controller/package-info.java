/**
 * The controller: what may be asked of the cluster's metadata, and what becomes of it.
 *
 * <pre>
 *  handler --> Controller: plan (ids, placement, settings) --> Command --> quorum's log
 *                                                                             |
 *  handler <-- result, once published <-- MetadataPublication <-- ControllerStateMachine: apply
 * </pre>
 *
 * <p>Planning reads the newest image and may be random. Applying is a pure function of image and
 * command, re-checks all that planning assumed, and yields deltas. Where the two disagree, the
 * command's item answers that it is stale, and is planned again.
 */
package io.ottla.metadata.controller;
