package io.ottla.metadata.controller;

import io.ottla.metadata.image.MetadataDelta;
import io.ottla.metadata.image.MetadataImage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What applying one command has changed so far: the image, and the deltas that led to it. Later
 * items of a command see what earlier ones did. Confined to the thread that applies.
 */
final class Changes {

  private final long offset;
  private final List<MetadataDelta> deltas = new ArrayList<>();
  private MetadataImage image;

  /**
   * @param image the image before the command
   * @param offset the command's place in the log
   */
  Changes(MetadataImage image, long offset) {
    this.image = image;
    this.offset = offset;
  }

  /** The image with all changes so far. */
  MetadataImage image() {
    return image;
  }

  /** The offset of the command that is applied. */
  long offset() {
    return offset;
  }

  void add(MetadataDelta delta) {
    image = image.with(delta);
    deltas.add(delta);
  }

  List<MetadataDelta> deltas() {
    return Collections.unmodifiableList(deltas);
  }
}
