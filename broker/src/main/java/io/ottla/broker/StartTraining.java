package io.ottla.broker;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.ottla.broker.config.BrokerConfig;
import io.ottla.runtime.Clock;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.BufferRecords;
import io.ottla.wire.ProtocolReader;
import io.ottla.wire.ProtocolWriter;
import io.ottla.wire.message.ApiVersionsRequest;
import io.ottla.wire.message.FetchRequest;
import io.ottla.wire.message.InitProducerIdRequest;
import io.ottla.wire.message.MetadataRequest;
import io.ottla.wire.message.ProduceRequest;
import io.ottla.wire.message.RequestHeader;
import io.ottla.wire.message.ResponseHeader;
import io.ottla.wire.record.RecordBatchBuilder;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Starts a broker in an empty directory, lets it serve one of each of the first requests a client
 * sends, and stops it; then starts a cluster of three and lets it serve them too: the run from
 * which the start script has the JVM make its cache of loaded classes (JEP 483), so that real
 * brokers start in a fraction of the time.
 */
final class StartTraining {

  private static final String TOPIC = "training";
  private static final int NODES = 3;

  private StartTraining() {}

  /**
   * @param arguments one: a directory that does not exist, or is empty; the caller deletes it
   */
  public static void main(String[] arguments) throws Exception {
    Path directory = Files.createDirectories(Path.of(arguments[0]));
    BrokerServer alone =
        broker(directory.resolve("alone"), "node.id=1", "listeners=PLAINTEXT://127.0.0.1:0");
    alone.start();
    serveEachOnce(alone);
    alone.close();
    for (BrokerServer node : cluster(directory)) {
      serveEachOnce(node);
    }
    System.exit(0);
  }

  private static BrokerServer broker(Path directory, String... lines) throws Exception {
    Path properties = Files.createDirectories(directory).resolve("server.properties");
    Files.writeString(properties, String.join("\n", lines) + "\nlog.dirs=data\n");
    BrokerConfig config = BrokerConfig.load(properties, List.of(), directory);
    return new BrokerServer(config, Clock.system(), failure -> Runtime.getRuntime().halt(1));
  }

  /** Starts three brokers that are controllers too; they end with the process. */
  private static List<BrokerServer> cluster(Path directory) throws Exception {
    List<Integer> ports = freePorts(2 * NODES);
    String voters =
        IntStream.range(0, NODES)
            .mapToObj(i -> (i + 1) + "@127.0.0.1:" + ports.get(i))
            .collect(Collectors.joining(","));
    List<BrokerServer> nodes = new ArrayList<>();
    List<Thread> starts = new ArrayList<>();
    for (int i = 0; i < NODES; i++) {
      BrokerServer node =
          broker(
              directory.resolve("node-" + (i + 1)),
              "node.id=" + (i + 1),
              "listeners=PLAINTEXT://127.0.0.1:"
                  + ports.get(NODES + i)
                  + ",CONTROLLER://127.0.0.1:"
                  + ports.get(i),
              "controller.quorum.voters=" + voters);
      nodes.add(node);
      Thread start = new Thread(() -> start(node), "training-" + i);
      start.start();
      starts.add(start);
    }
    for (Thread start : starts) {
      start.join();
    }
    return nodes;
  }

  private static void start(BrokerServer node) {
    try {
      node.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Integer> freePorts(int count) throws IOException {
    List<ServerSocket> taken = new ArrayList<>();
    List<Integer> ports = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
      taken.add(socket);
      ports.add(socket.getLocalPort());
    }
    for (ServerSocket socket : taken) {
      socket.close();
    }
    return ports;
  }

  private static void serveEachOnce(BrokerServer broker) throws IOException {
    try (Socket socket =
        new Socket(InetAddress.getLoopbackAddress(), broker.boundPorts().get("PLAINTEXT"))) {
      serveEachOnce(socket);
    }
  }

  private static void serveEachOnce(Socket socket) throws IOException {
    ask(
        socket,
        ApiKey.API_VERSIONS,
        3,
        new ApiVersionsRequest().clientSoftwareName("training").clientSoftwareVersion("1"));
    ask(
        socket,
        ApiKey.METADATA,
        12,
        new MetadataRequest()
            .topics(List.of(new MetadataRequest.MetadataRequestTopic().name(TOPIC)))
            .allowAutoTopicCreation(true));
    ask(socket, ApiKey.INIT_PRODUCER_ID, 4, new InitProducerIdRequest());
    ByteBuf batch;
    try (RecordBatchBuilder builder = new RecordBatchBuilder(Unpooled.buffer())) {
      batch = builder.append(0L, new byte[] {1}, new byte[] {2}).build();
    }
    ProduceRequest.TopicProduceData topic = new ProduceRequest.TopicProduceData().name(TOPIC);
    topic
        .partitionData()
        .add(new ProduceRequest.PartitionProduceData().records(new BufferRecords(batch)));
    ask(
        socket,
        ApiKey.PRODUCE,
        9,
        new ProduceRequest().acks((short) -1).timeoutMs(1000).topicData(List.of(topic)));
    FetchRequest.FetchTopic wanted = new FetchRequest.FetchTopic().topic(TOPIC);
    wanted.partitions().add(new FetchRequest.FetchPartition().partitionMaxBytes(1000));
    ask(
        socket,
        ApiKey.FETCH,
        12,
        new FetchRequest().maxWaitMs(100).minBytes(1).topics(List.of(wanted)));
  }

  private static void ask(Socket socket, ApiKey api, int version, ApiMessage body)
      throws IOException {
    short bodyVersion = (short) version;
    short headerVersion = api.requestHeaderVersion(bodyVersion);
    RequestHeader header =
        new RequestHeader()
            .requestApiKey(api.id())
            .requestApiVersion(bodyVersion)
            .clientId("training");
    int size = header.size(headerVersion) + body.size(bodyVersion);
    ByteBuf out = Unpooled.buffer(Integer.BYTES + size).writeInt(size);
    ProtocolWriter writer = new ProtocolWriter(out);
    header.write(writer, headerVersion);
    body.write(writer, bodyVersion);
    socket.getOutputStream().write(ByteBufUtil.getBytes(out));

    DataInputStream in = new DataInputStream(socket.getInputStream());
    byte[] frame = new byte[in.readInt()];
    in.readFully(frame);
    ProtocolReader reader = new ProtocolReader(Unpooled.wrappedBuffer(frame));
    new ResponseHeader().read(reader, api.responseHeaderVersion(bodyVersion));
    api.newResponse().read(reader, bodyVersion);
  }
}
