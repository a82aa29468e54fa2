package io.ottla.metadata.image;

/**
 * The levels of a feature that a broker supports.
 *
 * @param min the lowest
 * @param max the highest
 */
public record FeatureRange(short min, short max) {

  public boolean contains(short level) {
    return level >= min && level <= max;
  }
}
