package io.ottla.broker;

import io.ottla.metadata.image.MetadataDelta;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.MetadataPublisher;
import java.util.List;
import java.util.function.Supplier;

/**
 * The image that requests see. The last of the publishers: by the time an image is here, the
 * partitions and coordinators are as it says. Read by any thread; a request reads it once.
 */
final class CurrentImage implements MetadataPublisher, Supplier<MetadataImage> {

  private volatile MetadataImage image;

  CurrentImage(MetadataImage first) {
    this.image = first;
  }

  @Override
  public void publish(MetadataImage newImage, List<MetadataDelta> deltas) {
    image = newImage;
  }

  @Override
  public MetadataImage get() {
    return image;
  }
}
