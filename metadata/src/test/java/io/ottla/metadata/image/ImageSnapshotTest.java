package io.ottla.metadata.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.metadata.codec.CodecException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class ImageSnapshotTest {

  @RepeatedTest(10)
  void holdsTheWholeImage() throws IOException {
    long seed = System.nanoTime();
    System.out.println("ImageSnapshotTest seed " + seed);
    MetadataImage image = new RandomMetadata(seed).image(300);
    MetadataImage read = read(bytes(image), "cluster");
    assertThat(read.hash()).isEqualTo(image.hash());
    assertThat(read.offset()).isEqualTo(image.offset());
    assertThat(read.deltasFrom(image)).isEmpty();
    assertThat(image.deltasFrom(read)).isEmpty();
  }

  @Test
  void refusesWhatIsCutOrAltered() throws IOException {
    long seed = System.nanoTime();
    System.out.println("ImageSnapshotTest seed " + seed);
    byte[] bytes = bytes(new RandomMetadata(seed).image(20));
    for (int length = 0; length < bytes.length; length++) {
      byte[] cut = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> read(cut, "cluster")).isInstanceOf(CodecException.class);
    }
    Random random = new Random(seed);
    for (int i = 0; i < 2000; i++) {
      byte[] altered = bytes.clone();
      altered[random.nextInt(altered.length)] ^= (byte) (1 + random.nextInt(255));
      assertThatThrownBy(() -> read(altered, "cluster")).isInstanceOf(CodecException.class);
    }
  }

  @Test
  void refusesAnotherClustersMetadata() throws IOException {
    byte[] bytes = bytes(new RandomMetadata(1).image(20));
    assertThatThrownBy(() -> read(bytes, "other"))
        .isInstanceOf(CodecException.class)
        .hasMessageContaining("'cluster'")
        .hasMessageContaining("'other'");
  }

  private static byte[] bytes(MetadataImage image) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageSnapshot.write(image, out);
    return out.toByteArray();
  }

  private static MetadataImage read(byte[] bytes, String clusterId) throws IOException {
    return ImageSnapshot.read(new ByteArrayInputStream(bytes), clusterId);
  }
}
