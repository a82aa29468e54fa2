/**
 * The schema compiler: reads the message schemas (docs/format/schema.md) and writes the Java
 * classes of {@code io.ottla.wire.message} and {@code io.ottla.wire.ApiKey}. Runs at build time
 * only.
 */
package io.ottla.wire.compiler;
