package io.ottla.metadata.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.metadata.codec.CodecException;
import io.ottla.metadata.codec.FrameWriter;
import io.ottla.wire.Uuid;
import java.util.HashSet;
import java.util.List;
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
  void readsPartitionsOfBeforeLostReplicasWereKnownAndHashesThemAsThen() {
    FrameWriter old = new FrameWriter(2, 1000);
    old.writeByte(4);
    old.writeUuid(new Uuid(1, 2));
    old.writeCount(1);
    old.writeInt(3);
    writeOfVersion2(old);
    PartitionImage state = PartitionImage.created(NodeIds.of(4, 5), NodeIds.of(5));
    assertThat(DeltaCodec.decode(old.toFrame()))
        .isEqualTo(
            new MetadataDelta.PartitionsChanged(
                new Uuid(1, 2), List.of(new MetadataDelta.PartitionChange(3, state))));
    FrameWriter hashed = new FrameWriter(2, 1000);
    writeOfVersion2(hashed);
    FrameWriter now = new FrameWriter(2, 1000);
    state.writeHashed(now);
    assertThat(now.hash()).isEqualTo(hashed.hash());
  }

  private static void writeOfVersion2(FrameWriter out) {
    NodeIds.of(4, 5).write(out);
    NodeIds.of(5).write(out);
    NodeIds.EMPTY.write(out);
    NodeIds.EMPTY.write(out);
    out.writeInt(5);
    out.writeInt(0);
    out.writeInt(0);
    NodeIds.EMPTY.write(out);
    NodeIds.EMPTY.write(out);
    out.writeByte(0);
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
