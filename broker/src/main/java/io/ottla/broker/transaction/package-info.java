/**
 * The broker's side of transactions: requests to the transaction coordinator, markers on their way
 * to the leaders of partitions, and the question, before the first batch of a transaction, whether
 * its coordinator knows of it.
 *
 * <pre>
 *  Produce ---- TransactionJoins ---> coordinator (here, or AddPartitionsToTxn to its broker)
 *  EndTxn ----> coordinator ---- MarkerSender ---> MarkerWriter (here, or WriteTxnMarkers)
 * </pre>
 */
package io.ottla.broker.transaction;
