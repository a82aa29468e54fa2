package io.ottla.metadata.feed;

import io.ottla.metadata.image.AppliedMetadata;
import io.ottla.metadata.image.MetadataDelta;
import io.ottla.metadata.image.MetadataImage;
import java.util.List;

/**
 * Makes one sequence of several sources of the same metadata, such as a node's own quorum and
 * another controller's feed: whichever is ahead is heard, what is known already is passed over.
 * Offsets mean the same in all of them. The sources may be on different threads.
 */
public final class NewestMetadata {

  private final AppliedMetadata to;
  private long newest;

  /**
   * @param first what is known before any source has spoken
   * @param to told of everything once and in order, by the thread of the source that was first
   */
  public NewestMetadata(MetadataImage first, AppliedMetadata to) {
    this.newest = first.offset();
    this.to = to;
  }

  /** A source that begins with nothing. */
  public AppliedMetadata source() {
    return new Source();
  }

  private final class Source implements AppliedMetadata {

    private long last = MetadataImage.NO_OFFSET;

    @Override
    public void applied(MetadataImage image, List<MetadataDelta> deltas) {
      synchronized (NewestMetadata.this) {
        boolean follows = last == newest;
        last = image.offset();
        if (last <= newest) {
          return;
        }
        newest = last;
        if (follows) {
          to.applied(image, deltas);
        } else {
          to.replaced(image);
        }
      }
    }

    @Override
    public void replaced(MetadataImage image) {
      synchronized (NewestMetadata.this) {
        last = image.offset();
        if (last > newest) {
          newest = last;
          to.replaced(image);
        }
      }
    }
  }
}
