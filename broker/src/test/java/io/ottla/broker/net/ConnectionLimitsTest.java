package io.ottla.broker.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.broker.net.ConnectionLimits.Refusal;
import java.net.InetAddress;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConnectionLimitsTest {

  private static final InetAddress HOST = InetAddress.getLoopbackAddress();

  @Test
  void takesNodesOfTheClusterEvenWhenClientsHaveUsedUpTheTotal() {
    ConnectionLimits limits = new ConnectionLimits(2, Integer.MAX_VALUE, Map.of());
    assertThat(limits.tryOpen(HOST, false)).isNull();
    assertThat(limits.tryOpen(HOST, false)).isNull();
    assertThat(limits.tryOpen(HOST, false)).isEqualTo(Refusal.TOTAL);
    assertThat(limits.tryOpen(HOST, true)).isNull();
    assertThat(limits.total()).isEqualTo(3);
    limits.onClosed(HOST);
    limits.onClosed(HOST);
    assertThat(limits.tryOpen(HOST, false)).isNull();
  }

  @Test
  void boundsNodesOfTheClusterPerAddressAsItDoesClients() {
    ConnectionLimits limits = new ConnectionLimits(9, 1, Map.of());
    assertThat(limits.tryOpen(HOST, true)).isNull();
    assertThat(limits.tryOpen(HOST, true)).isEqualTo(Refusal.PER_ADDRESS);
  }
}
