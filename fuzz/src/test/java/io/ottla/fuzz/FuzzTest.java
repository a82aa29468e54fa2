package io.ottla.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every input of the corpus, and some blind changes to them; for more: fuzz/run.sh. */
class FuzzTest {

  /** The same in each build: what is new is looked for by fuzz/run.sh. */
  private static final long SEED = 1;

  private static final int CHANGED = 300;
  private static final int MOST_BYTES = 4096;

  @ParameterizedTest
  @EnumSource
  void noInputOfTheCorpusShowsAFault(Target target) throws IOException {
    Map<Path, byte[]> inputs = Corpus.of(target);
    assertThat(inputs).isNotEmpty();
    inputs.forEach((file, input) -> test(target, input, file.toString()));
  }

  @ParameterizedTest
  @EnumSource
  void noChangedInputShowsAFault(Target target) throws IOException {
    Random random = new Random(SEED);
    List<byte[]> inputs = new ArrayList<>(Corpus.of(target).values());
    for (int round = 0; round < CHANGED; round++) {
      byte[] input = inputs.get(random.nextInt(inputs.size()));
      for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
        input = changed(input, inputs, random);
      }
      test(target, input, "seed " + SEED + ", round " + round);
    }
  }

  /** Each target is deaf to no fault that its input shows it. */
  @Test
  void aFaultIsReportedWithTheInputThatShowsIt() {
    assertThatThrownBy(() -> test(Target.FRAMES, null, "an input that no target can take"))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("an input that no target can take");
  }

  private static void test(Target target, byte[] input, String what) {
    try {
      target.test(input);
    } catch (RuntimeException | Error e) {
      String hex = input == null ? "" : HexFormat.of().formatHex(input);
      throw new AssertionError(target + ", " + what + ": " + hex, e);
    }
  }

  private static byte[] changed(byte[] input, List<byte[]> others, Random random) {
    if (input.length == 0) {
      return new byte[] {(byte) random.nextInt()};
    }
    byte[] changed = input.clone();
    int at = random.nextInt(input.length);
    switch (random.nextInt(6)) {
      case 0 -> changed[at] = (byte) random.nextInt();
      case 1 -> changed[at] ^= (byte) (1 << random.nextInt(8));
      case 2 -> changed = Arrays.copyOf(input, at);
      case 3 -> Arrays.fill(changed, at, Math.min(changed.length, at + 4), (byte) -1);
      case 4 -> {
        changed = Arrays.copyOf(input, Math.min(MOST_BYTES, input.length + 1 + random.nextInt(9)));
        System.arraycopy(input, 0, changed, changed.length - input.length, input.length);
      }
      default -> {
        byte[] other = others.get(random.nextInt(others.size()));
        int count = Math.min(changed.length - at, other.length);
        System.arraycopy(other, 0, changed, at, count);
      }
    }
    return changed;
  }
}
