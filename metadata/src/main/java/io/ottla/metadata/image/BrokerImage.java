package io.ottla.metadata.image;

import io.ottla.metadata.codec.FrameReader;
import io.ottla.metadata.codec.FrameWriter;
import io.ottla.wire.Uuid;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One registered broker.
 *
 * @param id its node id
 * @param epoch the metadata offset of the registration that made this incarnation known: fences
 *     requests of earlier ones
 * @param incarnationId one process's life
 * @param endpoints where it is reached, in the order it gave
 * @param rack its rack, or null
 * @param features what it supports, by feature
 * @param directories the ids of its log directories
 * @param fenced whether it may not lead or serve: from registration until it has caught up, and
 *     after its session has ended
 * @param inControlledShutdown whether it is about to stop: it may not be elected nor come in sync,
 *     but serves what it still leads
 */
public record BrokerImage(
    int id,
    long epoch,
    Uuid incarnationId,
    List<Endpoint> endpoints,
    String rack,
    SortedMap<String, FeatureRange> features,
    List<Uuid> directories,
    boolean fenced,
    boolean inControlledShutdown) {

  public BrokerImage {
    endpoints = List.copyOf(endpoints);
    features = Collections.unmodifiableSortedMap(new TreeMap<>(features));
    directories = List.copyOf(directories);
  }

  /** A broker that is not about to stop. */
  public BrokerImage(
      int id,
      long epoch,
      Uuid incarnationId,
      List<Endpoint> endpoints,
      String rack,
      SortedMap<String, FeatureRange> features,
      List<Uuid> directories,
      boolean fenced) {
    this(id, epoch, incarnationId, endpoints, rack, features, directories, fenced, false);
  }

  /** Whether it may be elected and come in sync. */
  public boolean isActive() {
    return !fenced && !inControlledShutdown;
  }

  /** The endpoint of a listener, or null. */
  public Endpoint endpoint(String listener) {
    for (Endpoint endpoint : endpoints) {
      if (endpoint.listener().equals(listener)) {
        return endpoint;
      }
    }
    return null;
  }

  BrokerImage withFenced(boolean nowFenced) {
    return new BrokerImage(
        id,
        epoch,
        incarnationId,
        endpoints,
        rack,
        features,
        directories,
        nowFenced,
        inControlledShutdown);
  }

  BrokerImage shuttingDown() {
    return new BrokerImage(
        id, epoch, incarnationId, endpoints, rack, features, directories, fenced, true);
  }

  /** Writes it into a command or a delta. */
  public void write(FrameWriter out) {
    out.writeInt(id);
    out.writeLong(epoch);
    out.writeUuid(incarnationId);
    out.writeCount(endpoints.size());
    endpoints.forEach(endpoint -> endpoint.write(out));
    out.writeNullableString(rack);
    out.writeCount(features.size());
    for (Map.Entry<String, FeatureRange> feature : features.entrySet()) {
      out.writeString(feature.getKey());
      out.writeInt(feature.getValue().min());
      out.writeInt(feature.getValue().max());
    }
    out.writeCount(directories.size());
    directories.forEach(out::writeUuid);
    out.writeBoolean(fenced);
    out.writeBoolean(inControlledShutdown);
  }

  /** Reads what {@link #write} wrote, or what was written before shutdowns were known. */
  public static BrokerImage read(FrameReader in) {
    int id = in.readInt();
    long epoch = in.readLong();
    Uuid incarnationId = in.readUuid();
    List<Endpoint> endpoints = new ArrayList<>();
    for (int left = in.readCount(4); left > 0; left--) {
      endpoints.add(Endpoint.read(in));
    }
    String rack = in.readNullableString();
    SortedMap<String, FeatureRange> features = new TreeMap<>();
    for (int left = in.readCount(3); left > 0; left--) {
      features.put(in.readString(), new FeatureRange(in.readShort(), in.readShort()));
    }
    List<Uuid> directories = new ArrayList<>();
    for (int left = in.readCount(2 * Long.BYTES); left > 0; left--) {
      directories.add(in.readUuid());
    }
    boolean fenced = in.readBoolean();
    boolean shutdown = in.version() >= DeltaCodec.WITH_REASSIGNMENTS && in.readBoolean();
    return new BrokerImage(
        id, epoch, incarnationId, endpoints, rack, features, directories, fenced, shutdown);
  }
}
