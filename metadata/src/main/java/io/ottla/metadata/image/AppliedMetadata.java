package io.ottla.metadata.image;

import java.util.List;

/** Who is told what was applied to the metadata. Called on the one thread that applies. */
public interface AppliedMetadata {

  /**
   * One command was applied.
   *
   * @param image the metadata as it is now
   * @param deltas what the command changed; may be nothing, the image's offset moves all the same
   */
  void applied(MetadataImage image, List<MetadataDelta> deltas);

  /** The whole image was replaced, by a snapshot. */
  void replaced(MetadataImage image);

  /** Tells two, one after the other. */
  static AppliedMetadata both(AppliedMetadata first, AppliedMetadata second) {
    return new AppliedMetadata() {
      @Override
      public void applied(MetadataImage image, List<MetadataDelta> deltas) {
        first.applied(image, deltas);
        second.applied(image, deltas);
      }

      @Override
      public void replaced(MetadataImage image) {
        first.replaced(image);
        second.replaced(image);
      }
    };
  }
}
