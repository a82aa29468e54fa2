package io.ottla.broker.net;

import io.ottla.broker.tls.TlsContext;
import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * A listener as the sockets see it.
 *
 * @param name its name, upper case
 * @param address where it listens; port 0 takes a free one
 * @param backlog connections that may wait to be accepted
 * @param tls protects its connections; empty for plain text
 * @param forNodes whether the nodes of the cluster reach each other by it, and by it alone, or
 *     reach a controller by it: then its connections are taken even when clients have used up
 *     {@code max.connections}, or the file handles they may have
 */
public record ServedListener(
    String name,
    InetSocketAddress address,
    int backlog,
    Optional<TlsContext> tls,
    boolean forNodes) {}
