/**
 * How metadata reaches brokers that do not vote: a controller keeps the newest deltas in {@link
 * io.ottla.metadata.feed.MetadataFeed}, a broker pulls them with {@link
 * io.ottla.metadata.feed.FeedFollower}; who is too far behind gets the whole image first. Only
 * committed metadata is ever in a feed.
 */
package io.ottla.metadata.feed;
