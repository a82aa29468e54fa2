/** TLS of listeners and of connections to other nodes, from the keys a properties file names. */
package io.ottla.broker.tls;
