/**
 * The transaction coordinator: a state machine over one partition of {@code __transaction_state}.
 *
 * <pre>
 *  Empty -> Ongoing -> PrepareCommit -> CompleteCommit -> Ongoing ...
 *                 \--> PrepareAbort  -> CompleteAbort
 * </pre>
 *
 * <p>A transaction's outcome is decided when its Prepare record is below the high watermark. From
 * then on markers are written into the transaction's partitions until each has one, and a Complete
 * record says that this is done. Whoever coordinates the partition next resumes what it finds in
 * Prepare.
 *
 * <p>Sources: KIP-98 (transactions), KIP-360 (epoch bump after an error), KIP-890 (transaction
 * version 2: an epoch of its own for each transaction).
 */
package io.ottla.coordinator.transaction;
