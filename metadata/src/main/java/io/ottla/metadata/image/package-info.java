/**
 * The cluster as brokers see it: one immutable {@link io.ottla.metadata.image.MetadataImage}, the
 * {@link io.ottla.metadata.image.MetadataDelta deltas} that move it on, and the {@link
 * io.ottla.metadata.image.MetadataPublication publication} of both to the parts of a broker.
 *
 * <p>Knows nothing of the quorum or of the controller's decisions.
 */
package io.ottla.metadata.image;
