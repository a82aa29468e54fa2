package io.ottla.broker.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.ottla.runtime.ManualClock;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AdmissionTest {

  private static final InetAddress HOST = InetAddress.getLoopbackAddress();
  private static final int HANDLES = 256;

  /** What else is open: the logs, say. */
  private int files = 100;

  private final List<EmbeddedChannel> open = new ArrayList<>();
  private final ManualClock clock = new ManualClock(0);
  private final HandleUse handles = new HandleUse(clock, HANDLES, this::count);
  private final ConnectionLimits limits =
      new ConnectionLimits(Integer.MAX_VALUE, Integer.MAX_VALUE, Map.of());
  private final Admission admission = new Admission(limits, handles, clock);

  private int count() {
    open.removeIf(channel -> !channel.isOpen());
    return files + open.size();
  }

  private boolean connect() {
    return connect(new EmbeddedChannel(), false);
  }

  private boolean connect(EmbeddedChannel channel, boolean forNodes) {
    open.add(channel);
    boolean mayStay = admission.admit(channel, HOST, forNodes);
    if (mayStay) {
      admission.onServed(channel);
    } else {
      channel.close();
    }
    return mayStay;
  }

  private static void speak(EmbeddedChannel channel) {
    channel.writeInbound(Unpooled.wrappedBuffer(new byte[] {0}));
    assertThat((Object) channel.readInbound()).as("passed on").isNotNull();
  }

  /** As many as can without others going for it. */
  private List<EmbeddedChannel> speakers() {
    List<EmbeddedChannel> speakers = new ArrayList<>();
    while (true) {
      EmbeddedChannel channel = new EmbeddedChannel();
      if (!connect(channel, false)) {
        return speakers;
      }
      speak(channel);
      speakers.add(channel);
    }
  }

  @Test
  void leavesHandlesToTheLogsAndSomeOfThemToOtherNodes() {
    assertThat(speakers()).as("beside 100 files, with 32 in reserve").hasSize(124);
    assertThat(connect()).isFalse();
    for (int i = 0; i < 16; i++) {
      EmbeddedChannel node = new EmbeddedChannel();
      assertThat(connect(node, true)).as("node %d", i).isTrue();
      speak(node);
    }
    assertThat(connect(new EmbeddedChannel(), true)).isFalse();
    assertThat(limits.total()).isEqualTo(140);
  }

  @Test
  void oneThatClosesMakesRoomForTheNext() {
    List<EmbeddedChannel> speakers = speakers();
    speakers.getFirst().close();
    assertThat(connect()).isTrue();
    assertThat(connect()).isFalse();
    assertThat(limits.total()).isEqualTo(123);
  }

  @Test
  void whoHasNeverSpokenGoesForWhoComesNext() {
    EmbeddedChannel first = new EmbeddedChannel();
    EmbeddedChannel second = new EmbeddedChannel();
    assertThat(connect(first, false)).isTrue();
    assertThat(connect(second, false)).isTrue();
    List<EmbeddedChannel> speakers = speakers();

    assertThat(first.isOpen()).as("the one that came first").isFalse();
    assertThat(second.isOpen()).isTrue();
    assertThat(connect()).as("in its place").isTrue();
    assertThat(connect()).isFalse();
    assertThat(second.isOpen()).isFalse();
    assertThat(speakers).allMatch(EmbeddedChannel::isOpen);
  }

  @Test
  void filesAreCountedNowAndThen() {
    assertThat(connect()).isTrue();
    files = 400;
    clock.advanceMs(499);
    assertThat(connect()).as("not counted again yet").isTrue();
    clock.advanceMs(1);
    assertThat(connect()).isFalse();
    files = 100;
    clock.advanceMs(500);
    assertThat(connect()).isTrue();
  }

  @Test
  void doesNotCountWhatItRefusesForOtherReasons() {
    Admission one =
        new Admission(new ConnectionLimits(1, Integer.MAX_VALUE, Map.of()), handles, clock);
    EmbeddedChannel channel = new EmbeddedChannel();
    assertThat(one.admit(channel, HOST, false)).isTrue();
    for (int i = 0; i < 1_000; i++) {
      assertThat(one.admit(new EmbeddedChannel(), HOST, false)).isFalse();
    }
    assertThat(handles.onOpened()).as("with this one").isEqualTo(files + 1);
  }
}
