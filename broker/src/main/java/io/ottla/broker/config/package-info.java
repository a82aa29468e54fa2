/**
 * Reads a properties file and makes one small immutable record for each component. All that is
 * wrong is told at once; what has no effect is told too.
 */
package io.ottla.broker.config;
