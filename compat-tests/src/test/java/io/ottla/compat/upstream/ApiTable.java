package io.ottla.compat.upstream;

import io.ottla.compat.broker.BrokerConfig;
import io.ottla.compat.broker.BrokerProcess;
import io.ottla.compat.wire.Frames;
import io.ottla.compat.wire.RawConnection;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.requests.ResponseHeader;

/** The table of the APIs: what a broker offers when it is asked, beside what Kafka offers. */
final class ApiTable {
  private static final short VERSION = 4;

  private ApiTable() {}

  /**
   * Starts a broker, asks it and stops it.
   *
   * @param remarks a file: a line for each API offered, its name, since when, and what tests it,
   *     separated by bars
   */
  static String text(Path remarks) throws Exception {
    Map<String, String[]> known = new TreeMap<>();
    for (String line : Files.readAllLines(remarks)) {
      if (!line.isBlank() && !line.startsWith("#")) {
        String[] parts = line.split("\\|", -1);
        known.put(parts[0].strip(), parts);
      }
    }
    Map<Integer, ApiVersion> offered = offered();
    StringBuilder text =
        new StringBuilder(
            "| key | API | Ottla | Kafka 4.3.1 | since | tested by |\n|---|---|---|---|---|---|\n");
    for (ApiKeys api : ApiKeys.brokerApis()) {
      ApiVersion version = offered.get((int) api.id);
      String[] remark = known.remove(api.name);
      if (version != null && remark == null) {
        throw new IOException(remarks + " says nothing of " + api.name);
      }
      text.append(
          "| %d | %s | %s | %s | %s | %s |\n"
              .formatted(
                  api.id,
                  api.name,
                  version == null ? "no" : range(version.minVersion(), version.maxVersion()),
                  range(api.oldestVersion(), api.latestVersion(false)),
                  version == null ? "" : remark[1].strip(),
                  version == null ? "" : remark[2].strip()));
    }
    if (!known.isEmpty()) {
      throw new IOException(remarks + " has lines for what there is not: " + known.keySet());
    }
    return text.toString();
  }

  private static String range(int oldest, int newest) {
    return oldest == newest ? Integer.toString(oldest) : oldest + " to " + newest;
  }

  private static Map<Integer, ApiVersion> offered() throws Exception {
    Path directory = Files.createTempDirectory("api-table-");
    BrokerProcess broker = BrokerProcess.start(BrokerConfig.in(directory));
    try (RawConnection connection = RawConnection.to(broker.port())) {
      ApiVersionsRequestData request =
          new ApiVersionsRequestData()
              .setClientSoftwareName("ottla-api-table")
              .setClientSoftwareVersion("1");
      connection.send(Frames.of(request, VERSION, 1));
      ByteBuffer body = connection.receive();
      ResponseHeader.parse(body, ApiKeys.API_VERSIONS.responseHeaderVersion(VERSION));
      Map<Integer, ApiVersion> offered = new TreeMap<>();
      for (ApiVersion version :
          new ApiVersionsResponseData(new ByteBufferAccessor(body), VERSION).apiKeys()) {
        offered.put((int) version.apiKey(), version.duplicate());
      }
      return offered;
    } finally {
      broker.stop();
    }
  }
}
