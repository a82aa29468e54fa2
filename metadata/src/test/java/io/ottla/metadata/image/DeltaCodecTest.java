package io.ottla.metadata.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.metadata.codec.CodecException;
import io.ottla.metadata.codec.FrameWriter;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DeltaCodecTest {

  @Test
  void readsEveryDeltaItWrites() {
    long seed = System.nanoTime();
    System.out.println("DeltaCodecTest seed " + seed);
    RandomMetadata metadata = new RandomMetadata(seed);
    Set<Class<?>> kinds = new HashSet<>();
    MetadataImage image = null;
    for (int i = 0; i < 2000; i++) {
      // One image alone may happen to have no topic, and then none of its deltas concerns one.
      if (i % 100 == 0) {
        image = metadata.image(50);
      }
      MetadataDelta delta = metadata.delta(image);
      kinds.add(delta.getClass());
      assertThat(DeltaCodec.decode(DeltaCodec.encode(delta))).isEqualTo(delta);
    }
    assertThat(kinds).containsExactlyInAnyOrder(MetadataDelta.class.getPermittedSubclasses());
  }

  @Test
  void refusesAlteredBytes() {
    long seed = System.nanoTime();
    System.out.println("DeltaCodecTest seed " + seed);
    Random random = new Random(seed);
    RandomMetadata metadata = new RandomMetadata(seed);
    MetadataImage image = metadata.image(50);
    for (int i = 0; i < 2000; i++) {
      byte[] altered = DeltaCodec.encode(metadata.delta(image));
      altered[random.nextInt(altered.length)] ^= (byte) (1 + random.nextInt(255));
      assertThatThrownBy(() -> DeltaCodec.decode(altered)).isInstanceOf(CodecException.class);
    }
  }

  @Test
  void refusesATypeItDoesNotKnowAndBytesAfterTheEnd() {
    FrameWriter unknown = new FrameWriter(1, 100);
    unknown.writeByte(99);
    assertThatThrownBy(() -> DeltaCodec.decode(unknown.toFrame()))
        .isInstanceOf(CodecException.class)
        .hasMessageContaining("99");

    FrameWriter longer = new FrameWriter(1, 100);
    longer.writeByte(10);
    longer.writeString("feature");
    longer.writeInt(1);
    longer.writeInt(1);
    assertThatThrownBy(() -> DeltaCodec.decode(longer.toFrame()))
        .isInstanceOf(CodecException.class)
        .hasMessageContaining("too many");
  }
}
