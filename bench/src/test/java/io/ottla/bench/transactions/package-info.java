/** Transactions: short ones that are only written, and those of loops that read, process, write. */
package io.ottla.bench.transactions;
