package io.ottla.metadata.controller;

import io.ottla.metadata.image.MetadataDelta;
import io.ottla.metadata.image.MetadataImage;
import java.util.List;

/** Whoever kept this cluster's metadata before, where it is not the quorum's own log alone. */
@FunctionalInterface
public interface Predecessor {

  /** There was none. */
  Predecessor NONE = image -> List.of();

  /**
   * What has to become different before anybody is served. Asked whenever this node begins to lead.
   *
   * @param image all that was ever committed
   * @return the changes in order, in parts that fit a command each; none when nothing has to be
   * @throws ControllerException if the two cannot be brought together
   */
  List<List<MetadataDelta>> changes(MetadataImage image);
}
