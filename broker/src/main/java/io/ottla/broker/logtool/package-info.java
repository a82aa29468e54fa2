/** The command line tool that reads log directories: {@code bin/ottla-log.sh}. */
package io.ottla.broker.logtool;
