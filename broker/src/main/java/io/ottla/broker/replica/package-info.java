/** The partitions of this broker as requests of clients and of other brokers see them. */
package io.ottla.broker.replica;
