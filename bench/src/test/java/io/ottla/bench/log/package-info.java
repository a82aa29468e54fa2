/**
 * The log and its files: restarts, memory, compaction, forced appends, reads of what is not in
 * memory.
 */
package io.ottla.bench.log;
