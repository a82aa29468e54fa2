package io.ottla.metadata.image;

import io.ottla.metadata.codec.FrameReader;
import io.ottla.metadata.codec.FrameWriter;

/**
 * Where clients or other brokers reach a broker.
 *
 * @param listener the listener's name
 * @param host the advertised host
 * @param port the advertised port
 * @param securityProtocol Kafka's id: 0 PLAINTEXT, 1 SSL, 2 SASL_PLAINTEXT, 3 SASL_SSL
 */
public record Endpoint(String listener, String host, int port, short securityProtocol) {

  /** Writes it into a command or a delta. */
  public void write(FrameWriter out) {
    out.writeString(listener);
    out.writeString(host);
    out.writeInt(port);
    out.writeInt(securityProtocol);
  }

  /** Reads what {@link #write} wrote. */
  public static Endpoint read(FrameReader in) {
    return new Endpoint(in.readString(), in.readString(), in.readInt(), in.readShort());
  }
}
