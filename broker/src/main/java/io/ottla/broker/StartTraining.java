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
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Starts a broker in an empty directory, lets it serve one of each of the first requests a client
 * sends, and stops it: the run from which the start script has the JVM make its cache of loaded
 * classes (JEP 483), so that real brokers start in a fraction of the time.
 */
final class StartTraining {

  private static final String TOPIC = "training";

  private StartTraining() {}

  /**
   * @param arguments one: a directory that does not exist, or is empty; the caller deletes it
   */
  public static void main(String[] arguments) throws Exception {
    Path directory = Files.createDirectories(Path.of(arguments[0]));
    Path properties = directory.resolve("server.properties");
    Files.writeString(properties, "node.id=1\nlisteners=PLAINTEXT://127.0.0.1:0\nlog.dirs=data\n");
    BrokerConfig config = BrokerConfig.load(properties, List.of(), directory);
    BrokerServer broker =
        new BrokerServer(config, Clock.system(), failure -> Runtime.getRuntime().halt(1));
    broker.start();
    try (Socket socket =
        new Socket(InetAddress.getLoopbackAddress(), broker.boundPorts().get("PLAINTEXT"))) {
      serveEachOnce(socket);
    }
    broker.close();
    System.exit(0);
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
