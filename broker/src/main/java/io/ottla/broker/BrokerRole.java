package io.ottla.broker;

import io.ottla.broker.config.BrokerConfig;
import io.ottla.broker.config.BrokerLayers;
import io.ottla.broker.config.Listener;
import io.ottla.broker.lifecycle.BrokerLifecycle;
import io.ottla.broker.lifecycle.SessionListener;
import io.ottla.broker.peer.ControllerChannel;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.MetadataPublication;
import io.ottla.replication.LogDirectories;
import io.ottla.replication.LogHousekeeping;
import io.ottla.replication.Partitions;
import io.ottla.replication.ReplicaHost;
import io.ottla.replication.ShardMap;
import io.ottla.runtime.Clock;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.BrokerRegistrationRequest;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node with the broker's role does: registers, hosts partitions and coordinators, keeps its
 * session. Made, started and closed by the node's main thread.
 */
final class BrokerRole {

  private static final Logger LOG = LoggerFactory.getLogger(BrokerRole.class);

  /** Features, endpoints and directories are told to the controller in this version. */
  private static final long SPACE_CHECK_MS = 5_000;

  /** What stays free in each log directory, for checkpoints, indexes and the metadata log. */
  private static final long RESERVED_BYTES = 64L << 20;
}
