/**
 * The replicated log of commands: the narrow {@link io.ottla.metadata.quorum.MetadataQuorum}, and
 * its implementation on Apache Ratis. The only package that knows Ratis.
 *
 * <pre>
 *  submit(command) --> leader's log --fsync, majority--> committed --> apply(index, term, command)
 *        ^                                                                   |
 *        +--------------------------- result --------------------------------+
 * </pre>
 *
 * <p>{@link io.ottla.metadata.quorum.MetadataStorage} guards the directories the log lives in.
 */
package io.ottla.metadata.quorum;
