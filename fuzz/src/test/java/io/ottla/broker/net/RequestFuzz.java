package io.ottla.broker.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.HandlerTable;
import io.ottla.broker.api.Request;
import io.ottla.fuzz.Allocations;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.ProtocolReader;
import io.ottla.wire.ProtocolWriter;
import io.ottla.wire.message.RequestHeader;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * One frame as a request, of every API in every version there is. It is a request or it is not;
 * what was read can be written, and read again as the same. Memory is taken for bytes that are
 * there.
 */
public final class RequestFuzz {

  private static final long HEAP_AT_LEAST = 2L << 20;

  private static final int HEAP_PER_BYTE = 64;

  /** Stands for the handler of an API. */
  private record Any(ApiKey api) implements ApiHandler<ApiMessage> {

    @Override
    public short latestVersion() {
      return api.latestVersion();
    }

    @Override
    public void handle(Request<ApiMessage> request) {}

    @Override
    public ApiMessage failure(ApiMessage request, short version, ErrorCode error) {
      return api.newResponse();
    }
  }

  private static final RequestDecoder DECODER =
      new RequestDecoder(
          new HandlerTable(Stream.of(ApiKey.values()).<ApiHandler<?>>map(Any::new).toList()));

  private static final RequestMemory MEMORY = new RequestMemory(0);

  private static final Connection CONNECTION =
      new Connection(
          new EmbeddedChannel() {
            @Override
            protected SocketAddress remoteAddress0() {
              return new InetSocketAddress("127.0.0.1", 40_000);
            }
          },
          "PLAINTEXT",
          1 << 20,
          MEMORY,
          new ReceiveBuffers(),
          DECODER,
          new ResponseEncoder(false, UnsentSlices.IGNORED));

  private RequestFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    Allocations.within(HEAP_AT_LEAST + (long) HEAP_PER_BYTE * data.length, () -> play(data));
    if (MEMORY.usedBytes() != 0) {
      throw new AssertionError("the frame was not released");
    }
  }

  private static void play(byte[] data) {
    ByteBuf bytes = Unpooled.wrappedBuffer(data);
    var _ = MEMORY.tryAdmit(data.length);
    InFlightRequest<?> request = DECODER.decode(CONNECTION, new Frame(bytes, MEMORY));
    if (request != null) {
      if (request.version() >= 0) {
        writeAndRead(request);
      }
      request.releaseFrame();
    }
  }

  private static void writeAndRead(InFlightRequest<?> request) {
    short version = request.version();
    byte[] written = write(request.body(), version);
    ApiMessage again = request.handler().api().newRequest();
    again.read(new ProtocolReader(Unpooled.wrappedBuffer(written)), version);
    if (!Arrays.equals(written, write(again, version))) {
      throw new AssertionError(request.handler().api() + " changes when it is read: " + again);
    }
  }

  private static byte[] write(ApiMessage message, short version) {
    int size = message.size(version);
    ByteBuf out = Unpooled.buffer(Math.max(1, size));
    message.write(new ProtocolWriter(out), version);
    if (out.readableBytes() != size) {
      throw new AssertionError("a size of " + size + " for " + out.readableBytes() + " bytes");
    }
    return ByteBufUtil.getBytes(out);
  }

  /** Where the corpus began: each API in its newest version, and a few old ones. */
  public static Map<String, byte[]> seeds() {
    Map<String, byte[]> seeds = new TreeMap<>();
    for (ApiKey api : ApiKey.values()) {
      seeds.put("%05d-newest".formatted(api.id()), seed(api, api.latestVersion()));
    }
    for (ApiKey api : List.of(ApiKey.PRODUCE, ApiKey.FETCH, ApiKey.METADATA, ApiKey.JOIN_GROUP)) {
      seeds.put("%05d-oldest".formatted(api.id()), seed(api, api.oldestVersion()));
    }
    return seeds;
  }

  private static byte[] seed(ApiKey api, short version) {
    RequestHeader header =
        new RequestHeader()
            .requestApiKey(api.id())
            .requestApiVersion(version)
            .correlationId(1)
            .clientId("c");
    short headerVersion = api.requestHeaderVersion(version);
    ByteBuf out = Unpooled.buffer();
    ProtocolWriter writer = new ProtocolWriter(out);
    header.write(writer, headerVersion);
    api.newRequest().write(writer, version);
    return ByteBufUtil.getBytes(out);
  }
}
