/**
 * The numbers by which servers on one database keep out of each other’s way. Any will do, as long as a number is always for the same, and
 * they are all here because two of them had come to be one: then a look of the rules kept held votes from being let go.
 */
export const ADVISORY_LOCKS = {
  /** Partitions are made and dropped. */
  housekeeping: 7_420_001,
  seed: 7_420_002,
  /** One worker at a time looks with the rules. */
  watch: 7_420_003,
  backtest: 7_420_004,
  /** Each entry of the audit log has the hash of the one before. */
  audit: 7_420_005,
  /** One node at a time lets held votes go. */
  release: 7_420_006,
  /** The first of two keys; the second is the project. */
  merges: 7_420_011,
  /** One node at a time counts by the hour. */
  hourly: 7_420_012,
  /** node-pg-migrate’s own, so that its command line excludes us too. */
  migration: 7_241_865_325_823_964,
} as const
